;; Standard input to standard output, then exit code 0.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; writes $length bytes at $from to $fd, in as many calls as it takes
  (func $write (param $fd i32) (param $from i32) (param $length i32)
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $length)))
      (i32.store (i32.const 0) (local.get $from))
      (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 74))))
      (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
      (br $more))))
  ;; copies standard input to standard output
  (func $copy
    (block $end (loop $more
      (i32.store (i32.const 0) (i32.const 4096))
      (i32.store (i32.const 4) (i32.const 16384))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 74))))
      (br_if $end (i32.eqz (i32.load (i32.const 8))))
      (call $write (i32.const 1) (i32.const 4096) (i32.load (i32.const 8)))
      (br $more))))
  (func (export "_start") (call $copy) (call $proc_exit (i32.const 0)) unreachable))
