;; Makes the file `made` in the first volume, and prints the error number of that in two digits.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\20\00\00\00\23\00\00\00")
  (data (i32.const 32) "Content-Type: text/plain\0a\0aerrno __\0a")
  (data (i32.const 128) "made")
  (func (export "_start")
    (local $errno i32)
    ;; For writing, and made if it is not there.
    (local.set $errno (call $open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 4)
      (i32.const 1) (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 256)))
    (i32.store8 (i32.const 64)
      (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.const 65)
      (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
