;; Tries to leave the first volume in every way that WASI has a function for, and prints the error
;; numbers. What argument 1 names is opened last, and printed if that succeeds.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link"
    (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename"
    (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $mkdir (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get"
    (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "Content-Type: text/plain\0a\0a")
  (data (i32.const 96) "00 ")
  (data (i32.const 128) "../secret")
  (data (i32.const 144) "link")
  (data (i32.const 160) "file")
  (data (i32.const 176) "../made")
  (data (i32.const 192) "sub")
  (data (i32.const 208) "../../secret")
  (data (i32.const 224) "sub/../../secret")
  (data (i32.const 256) "/etc/passwd")

  (func $write (param $from i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $tell (param $errno i32)
    (i32.store8 (i32.const 96) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.const 97) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
    (call $write (i32.const 96) (i32.const 3)))
  ;; opens for reading, links followed
  (func $read (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (call $open (local.get $fd) (i32.const 1) (local.get $path) (local.get $length)
      (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 32)))

  (func (export "_start")
    (call $write (i32.const 64) (i32.const 26))
    (call $tell (call $read (i32.const 3) (i32.const 128) (i32.const 9)))
    (call $tell (call $read (i32.const 3) (i32.const 224) (i32.const 16)))
    (call $tell (call $read (i32.const 3) (i32.const 256) (i32.const 11)))
    ;; a link that leads out can perhaps be made, but not followed
    (drop (call $symlink (i32.const 128) (i32.const 9) (i32.const 3) (i32.const 144) (i32.const 4)))
    (call $tell (call $read (i32.const 3) (i32.const 144) (i32.const 4)))
    (call $tell (call $stat (i32.const 3) (i32.const 1) (i32.const 144) (i32.const 4) (i32.const 512)))
    (call $tell (call $symlink (i32.const 256) (i32.const 11) (i32.const 3) (i32.const 176) (i32.const 7)))
    (call $tell (call $link (i32.const 3) (i32.const 0) (i32.const 160) (i32.const 4)
      (i32.const 3) (i32.const 176) (i32.const 7)))
    (call $tell (call $link (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 9)
      (i32.const 3) (i32.const 144) (i32.const 4)))
    (call $tell (call $rename (i32.const 3) (i32.const 160) (i32.const 4)
      (i32.const 3) (i32.const 176) (i32.const 7)))
    (call $tell (call $rename (i32.const 3) (i32.const 128) (i32.const 9)
      (i32.const 3) (i32.const 160) (i32.const 4)))
    (call $tell (call $mkdir (i32.const 3) (i32.const 176) (i32.const 7)))
    (call $tell (call $unlink (i32.const 3) (i32.const 128) (i32.const 9)))
    ;; made for writing
    (call $tell (call $open (i32.const 3) (i32.const 1) (i32.const 176) (i32.const 7)
      (i32.const 1) (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 32)))
    ;; from a directory below
    (if (call $open (i32.const 3) (i32.const 1) (i32.const 192) (i32.const 3)
          (i32.const 2) (i64.const 24576) (i64.const 24576) (i32.const 0) (i32.const 36))
      (then unreachable))
    (call $tell (call $read (i32.load (i32.const 36)) (i32.const 208) (i32.const 12)))
    ;; no other volume
    (call $tell (call $prestat (i32.const 4) (i32.const 512)))))
