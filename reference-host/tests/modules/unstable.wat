;; As modules of 2019 are: it imports WASI by its first name. Prints the last three bytes of `file` in
;; the first volume, found with the numbers that `fd_seek` had then, and copies standard input behind
;; them.
(module
  (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "Content-Type: text/plain\0a\0a")
  (data (i32.const 96) "file")
  (func $must (param $error i32)
    (if (local.get $error) (then (call $proc_exit (local.get $error)))))
  (func $write (param $from i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $length))
    (call $must (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $copy (param $fd i32)
    (block $end (loop $more
      (i32.store (i32.const 0) (i32.const 4096))
      (i32.store (i32.const 4) (i32.const 16384))
      (call $must (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $end (i32.eqz (i32.load (i32.const 8))))
      (call $write (i32.const 4096) (i32.load (i32.const 8)))
      (br $more))))
  (func (export "_start")
    (call $write (i32.const 64) (i32.const 26))
    ;; the rights to read and to seek
    (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 96) (i32.const 4)
      (i32.const 0) (i64.const 6) (i64.const 6) (i32.const 0) (i32.const 32)))
    ;; 1 is the end; it became 2 later
    (call $must (call $fd_seek (i32.load (i32.const 32)) (i64.const -3) (i32.const 1) (i32.const 40)))
    (call $copy (i32.load (i32.const 32)))
    (call $copy (i32.const 0))))
