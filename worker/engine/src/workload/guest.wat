;; The guest's part of a unit of work (`specs/rewards.md`): what contracts' code mostly does. It takes a number and gives
;; one; its memory stays as it is from unit to unit. `guest.wasm` is this file in binary form; a test compares them.
(module
  (memory 16)
  ;; Mixes two numbers, the one way or the other; which one no processor can foresee.
  (func (param i64 i64) (result i64)
    (if (result i64) (i64.eqz (i64.and (local.get 0) (i64.const 1)))
      (then (i64.xor (i64.mul (local.get 0) (i64.const 0x5851F42D4C957F2D)) (local.get 1)))
      (else (i64.add (i64.rotl (local.get 0) (local.get 1)) (local.get 1)))))
  ;; Local 0: the number. Local 1: steps that are left. Local 2: an address, of a whole word in the memory.
  (func (export "run") (param i64) (result i64) (local i32 i32)
    (local.set 1 (i32.const 262144))
    (loop
      (local.set 2 (i32.and (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 40))) (i32.const 0xFFFF8)))
      (local.set 0 (call 0 (local.get 0) (i64.load (local.get 2))))
      (i64.store (local.get 2) (i64.add (local.get 0) (i64.extend_i32_u (local.get 1))))
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get 0)))
