;; Reads zero bytes of standard input, then as many as there are, and writes those to standard output.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; reads up to $length bytes to 4096; the number is at 8, an error is the exit code
  (func $read (param $length i32)
    (local $error i32)
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (local.get $length))
    (local.set $error (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (if (local.get $error) (then (call $proc_exit (local.get $error)))))
  (func (export "_start")
    (call $read (i32.const 0))
    (if (i32.load (i32.const 8)) (then unreachable))
    (call $read (i32.const 16384))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
