//! Whether what a component exports has the types that `wit/` gives it.
//!
//! Linking compares the types of imports, but the type of an export only when it is called: without this a
//! component could be deployed that can never answer.

use wasmtime::component::{
    Component, Type,
    types::{ComponentFunc, ComponentItem},
};

/// `service.handle`, as [`check`] writes types.
pub(crate) const HANDLE: &str = "(record{method:string,path:string,headers:list<record{name:string,value:string}>,body:list<u8>})\
    ->result<record{status:u16,headers:list<record{name:string,value:string}>,body:list<u8>},\
    variant{denied(string),limit(string),timeout,invalid(string),conflict,not-found,unavailable(string),other(string)}>";

/// Checks that a function of the exported interface `name` has the expected type; the error says what is there instead.
pub(crate) fn check(
    engine: &wasmtime::Engine,
    component: &Component,
    name: &str,
    (function, expected): (&str, &str),
) -> Result<(), String> {
    let exported = component.component_type();
    let Some(ComponentItem::ComponentInstance(interface)) = exported.get_export(engine, name).map(|export| export.ty)
    else {
        return Err(format!("{name} is not an interface"));
    };
    let Some(ComponentItem::ComponentFunc(item)) = interface.get_export(engine, function).map(|export| export.ty)
    else {
        return Err(format!("{name} has no function {function}"));
    };
    let found = signature(&item);
    if found == expected { Ok(()) } else { Err(format!("the function {function} of {name} has another type: {found}")) }
}

fn signature(function: &ComponentFunc) -> String {
    let parameters = list(function.params().map(|(_, ty)| describe(&ty)));
    let results = list(function.results().map(|ty| describe(&ty)));
    format!("{}({parameters})->{results}", if function.async_() { "async" } else { "" })
}

/// A type as text: equal texts, equal types. Types that no export uses have no text of their own.
fn describe(ty: &Type) -> String {
    match ty {
        Type::U8 => "u8".into(),
        Type::U16 => "u16".into(),
        Type::U32 => "u32".into(),
        Type::String => "string".into(),
        Type::List(items) => format!("list<{}>", describe(&items.ty())),
        Type::Record(record) => {
            format!(
                "record{{{}}}",
                list(record.fields().map(|field| format!("{}:{}", field.name, describe(&field.ty))))
            )
        }
        Type::Variant(variant) => format!(
            "variant{{{}}}",
            list(variant.cases().map(|case| match &case.ty {
                Some(ty) => format!("{}({})", case.name, describe(ty)),
                None => case.name.to_owned(),
            }))
        ),
        Type::Result(result) => {
            let part = |ty: Option<Type>| ty.map_or("_".into(), |ty| describe(&ty));
            format!("result<{},{}>", part(result.ok()), part(result.err()))
        }
        _other => "another".into(),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}
