;; Lines on standard error with and without a level, then a reply.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; writes the text from $from to the next NUL
  (func $write (param $fd i32) (param $from i32)
    (local $end i32)
    (local.set $end (local.get $from))
    (block $done (loop $more
      (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $more)))
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (i32.sub (local.get $end) (local.get $from)))
    (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (call $proc_exit (i32.const 74)))))
  (data (i32.const 64) "Content-Type: text/plain\0a\0afine\0a")
  (data (i32.const 256)
    "ERROR shop: sold out\0a"
    "WARN shop::stock: tea is low\0a"
    "INFO shop: open\0a"
    "DEBUG shop: 3 left\0a"
    "TRACE shop: asked\0a"
    "WARN nobody\0a")
  (func (export "_start")
    (call $write (i32.const 2) (i32.const 256))
    (call $write (i32.const 1) (i32.const 64))))
