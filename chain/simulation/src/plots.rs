//! Plots as SVG, drawn by `plotters`.

use std::fmt::Display;

use plotters::{drawing::DrawingAreaErrorKind, prelude::*};

use crate::Error;

/// Width and height in pixels.
const SIZE: (u32, u32) = (900, 420);
/// One colour for each line.
const COLOURS: [RGBColor; 6] = [
    RGBColor(31, 119, 180),
    RGBColor(214, 39, 40),
    RGBColor(44, 160, 44),
    RGBColor(148, 103, 189),
    RGBColor(255, 127, 14),
    RGBColor(90, 90, 90),
];

/// A line: what it is, and a value for each day.
pub(crate) type Line<'a> = (&'a str, Vec<f64>);

/// Draws lines over the days.
pub(crate) fn draw(title: &str, unit: &str, lines: &[Line]) -> Result<String, Error> {
    let mut svg = String::new();
    draw_into(&mut svg, title, unit, lines).map_err(|error| Error::Plot(error.to_string()))?;
    Ok(svg)
}

fn draw_into(
    svg: &mut String,
    title: &str,
    unit: &str,
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let days = lines.iter().map(|(_, values)| values.len()).max().unwrap_or(0).max(2);
    let most = lines.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    let most = if most > 0.0 { most * 1.05 } else { 1.0 };
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(0f64..(days - 1) as f64, 0f64..most)?;
    chart
        .configure_mesh()
        .x_desc("day")
        .y_desc(unit)
        .x_label_formatter(&|day| format!("{day:.0}"))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    for ((name, values), colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let colour = *colour;
        let points = values.iter().enumerate().map(|(day, value)| (day as f64, *value));
        chart
            .draw_series(LineSeries::new(points, colour))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], colour));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    area.present()
}

/// A number as people read it.
pub(crate) fn short(value: f64) -> String {
    let (value, unit): (f64, &dyn Display) = match value.abs() {
        1e9.. => (value / 1e9, &"G"),
        1e6..1e9 => (value / 1e6, &"M"),
        1e3..1e6 => (value / 1e3, &"k"),
        _ => (value, &""),
    };
    let digits = match value.abs() {
        100.0.. => 0,
        10.0..100.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shortened() {
        let shown = [0.0, 0.124, 12.34, 999.0, 1_500.0, 7.2e5, 2.5e8, 1.2e9].map(short);
        assert_eq!(shown, ["0.00", "0.12", "12.3", "999", "1.50k", "720k", "250M", "1.20G"]);
    }

    #[test]
    fn a_plot_names_its_lines_and_is_whole() {
        let svg =
            draw("Stake", "PHA", &[("held", vec![1.0, 3.0, 2.0]), ("leaving", vec![0.0; 3])]).expect("it is drawn");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(["Stake", "PHA", "held", "leaving"].iter().all(|text| svg.contains(text)));
        assert!(svg.matches("<polyline").count() >= 4, "two lines, and two in the legend");
    }
}
