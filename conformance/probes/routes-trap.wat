;; routes-trap: its `_routes` prints a sound line, then traps.
;;
;; No server may load it. `_start` copies standard input to standard output.
;;
;; Memory:
;;   0x0000  address and length of the buffer for fd_read and fd_write; 0x0008 what they answer
;;   0x0100  the line
;;  0x10000  one page: input

(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param i32)))

  (memory (export "memory") 2)

  (data (i32.const 0x100) "/plain _start\n")

  ;; --- part: read ---
  ;; Reads from `fd` at most one page to 0x10000. Answers how many bytes came: 0 at the end, -1 if
  ;; reading failed; then $read_error is the errno.
  (global $read_error (mut i32) (i32.const 0))
  (func $read_page (param $fd i32) (result i32)
    (local $errno i32)
    (loop $again
      (i32.store (i32.const 0) (i32.const 0x10000))
      (i32.store (i32.const 4) (i32.const 0x10000))
      (i32.store (i32.const 8) (i32.const 0))
      (local.set $errno
        (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $again (i32.eq (local.get $errno) (i32.const 27))))  ;; EINTR
    (if (result i32) (local.get $errno)
      (then
        (global.set $read_error (local.get $errno))
        (i32.const -1))
      (else (i32.load (i32.const 8)))))
  ;; --- end: read ---

  ;; --- part: write ---
  ;; Writes `length` bytes from `from` on, in as many calls as it takes. Ends the program with 74
  ;; (EX_IOERR) if writing fails or makes no progress.
  (func $write (param $fd i32) (param $from i32) (param $length i32)
    (local $errno i32)
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $length)))
        (i32.store (i32.const 0) (local.get $from))
        (i32.store (i32.const 4) (local.get $length))
        (i32.store (i32.const 8) (i32.const 0))
        (local.set $errno
          (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $more (i32.eq (local.get $errno) (i32.const 27)))  ;; EINTR
        (if (i32.or (local.get $errno) (i32.eqz (i32.load (i32.const 8))))
          (then (call $proc_exit (i32.const 74)) (unreachable)))
        (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
        (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
        (br $more))))
  ;; --- end: write ---

  ;; --- part: copy ---
  ;; Copies standard input to standard output, piece by piece as it comes. Ends the program with 74
  ;; if reading fails.
  (func $copy
    (local $length i32)
    (block $done
      (loop $more
        (local.set $length (call $read_page (i32.const 0)))
        (br_if $done (i32.eqz (local.get $length)))
        (if (i32.eq (local.get $length) (i32.const -1))
          (then (call $proc_exit (i32.const 74)) (unreachable)))
        (call $write (i32.const 1) (i32.const 0x10000) (local.get $length))
        (br $more))))
  ;; --- end: copy ---

  (func (export "_start")
    (call $copy))

  (func (export "_routes")
    (call $write (i32.const 1) (i32.const 0x100) (i32.const 14))
    (unreachable)))
