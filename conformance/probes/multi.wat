;; multi: several entrypoints, and declared routes.
;;
;; `_start`, `second` and `third` answer with the dump of the `env` probe, in which a line
;; `entrypoint NAME` says which of them ran.
;;
;; `_routes` prints the subroutes below. The last line is `/clean second` if it ran as it must,
;; without request data: no REQUEST_METHOD, no argument beyond argv[0], empty standard input; else
;; it is `/unclean second`.
;;
;; Memory:
;;   0x0000  address and length of the buffer for fd_read and fd_write; 0x0008 what they answer
;;   0x000c  count and 0x0010 size that environ_sizes_get and args_sizes_get answer
;;   0x0100  the texts
;;   0x0400  the subroutes
;;  0x10000  one page: input
;;  0x20000  one page: gathered output
;;  0x30000  environment and arguments, growing

(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get"
    (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param i32)))

  (memory (export "memory") 4)

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

  ;; --- part: put ---
  ;; Output is gathered in the page at 0x20000, so that the server is called once a page.
  (global $gathered (mut i32) (i32.const 0))

  (func $flush
    (call $write (i32.const 1) (i32.const 0x20000) (global.get $gathered))
    (global.set $gathered (i32.const 0)))

  (func $put_byte (param $byte i32)
    (if (i32.eq (global.get $gathered) (i32.const 0x10000)) (then (call $flush)))
    (i32.store8 (i32.add (i32.const 0x20000) (global.get $gathered)) (local.get $byte))
    (global.set $gathered (i32.add (global.get $gathered) (i32.const 1))))

  (func $put (param $from i32) (param $length i32)
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $length)))
        (call $put_byte (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $more))))

  ;; Puts a number in decimal digits, by calling itself for all but the last.
  (func $put_decimal (param $number i64)
    (if (i64.ge_u (local.get $number) (i64.const 10))
      (then (call $put_decimal (i64.div_u (local.get $number) (i64.const 10)))))
    (call $put_byte
      (i32.add (i32.const 48)  ;; "0"
        (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10))))))
  ;; --- end: put ---

  ;; --- part: heap ---
  ;; What is reserved is never given back: the instance lives for one request.
  (global $free (mut i32) (i32.const 0x30000))

  ;; Reserves `size` bytes at a multiple of 4, and grows the memory if they do not fit. Traps if it
  ;; cannot grow.
  (func $reserve (param $size i32) (result i32)
    (local $start i32)
    (local $pages i32)
    (local.set $start (global.get $free))
    (global.set $free
      (i32.and (i32.const -4)
        (i32.add (i32.const 3) (i32.add (local.get $start) (local.get $size)))))
    (if (i32.lt_u (global.get $free) (local.get $start)) (then (unreachable)))
    ;; Pages up to $free, less those that there are.
    (local.set $pages
      (i32.sub
        (i32.add (i32.shr_u (global.get $free) (i32.const 16)) (i32.const 1))
        (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (local.get $start))
  ;; --- end: heap ---

  ;; --- part: strings ---
  ;; The length of the text at `at`, which ends before a NUL.
  (func $length (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $more)))
    (i32.sub (local.get $end) (local.get $at)))

  ;; Whether the `length` bytes at `a` and at `b` are equal.
  (func $equal (param $a i32) (param $b i32) (param $length i32) (result i32)
    (block $differ
      (loop $more
        (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
        (br_if $differ
          (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $more)))
    (i32.const 0))
  ;; --- end: strings ---

  ;; --- part: environment ---
  ;; Fetches the environment: $variables addresses of texts `NAME=VALUE`, one after another at
  ;; $environment. Traps if the server refuses.
  (global $environment (mut i32) (i32.const 0))
  (global $variables (mut i32) (i32.const 0))
  (func $fetch_environment
    (if (call $environ_sizes_get (i32.const 12) (i32.const 16)) (then (unreachable)))
    (global.set $variables (i32.load (i32.const 12)))
    (global.set $environment
      (call $reserve (i32.shl (global.get $variables) (i32.const 2))))
    (if (call $environ_get
          (global.get $environment)
          (call $reserve (i32.load (i32.const 16))))
      (then (unreachable))))

  ;; The address of the value of the variable whose name and `=` are the `length` bytes at `name`;
  ;; 0 if there is none.
  (func $variable (param $name i32) (param $length i32) (result i32)
    (local $index i32)
    (local $entry i32)
    (block $none
      (loop $next
        (br_if $none (i32.ge_u (local.get $index) (global.get $variables)))
        (local.set $entry
          (i32.load
            (i32.add (global.get $environment) (i32.shl (local.get $index) (i32.const 2)))))
        (if (i32.ge_u (call $length (local.get $entry)) (local.get $length))
          (then
            (if (call $equal (local.get $entry) (local.get $name) (local.get $length))
              (then (return (i32.add (local.get $entry) (local.get $length)))))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (i32.const 0))
  ;; --- end: environment ---

  ;; --- part: dump ---
  (data (i32.const 256) "wagi-probe 1\n")      ;; 13 bytes
  (data (i32.const 272) "variable ")           ;; 9
  (data (i32.const 288) "argument ")           ;; 9
  (data (i32.const 304) "stdin-error ")        ;; 12
  (data (i32.const 320) "stdin ")              ;; 6
  (data (i32.const 336) "end\n")               ;; 4
  (data (i32.const 352) "0123456789abcdef")
  (data (i32.const 368) "entrypoint ")         ;; 11

  ;; Length and FNV-1a 64 of what came on standard input.
  (global $input_length (mut i64) (i64.const 0))
  (global $input_digest (mut i64) (i64.const 0xcbf29ce484222325))

  ;; Reads standard input to its end, one page at a time.
  (func $fetch_input
    (local $at i32)
    (local $end i32)
    (block $done
      (loop $more
        (local.set $end (call $read_page (i32.const 0)))
        (br_if $done (i32.le_s (local.get $end) (i32.const 0)))
        (global.set $input_length
          (i64.add (global.get $input_length) (i64.extend_i32_u (local.get $end))))
        (local.set $at (i32.const 0x10000))
        (local.set $end (i32.add (local.get $at) (local.get $end)))
        (loop $byte
          (global.set $input_digest
            (i64.mul
              (i64.xor (global.get $input_digest) (i64.load8_u (local.get $at)))
              (i64.const 0x100000001b3)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $byte (i32.lt_u (local.get $at) (local.get $end))))
        (br $more))))

  ;; Puts a line for each of the `count` texts whose addresses are at `list`: the word of 9 bytes at
  ;; `word`, the text's length, a blank, the text.
  (func $put_list (param $word i32) (param $list i32) (param $count i32)
    (local $text i32)
    (local $length i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $text (i32.load (local.get $list)))
        (local.set $length (call $length (local.get $text)))
        (call $put (local.get $word) (i32.const 9))
        (call $put_decimal (i64.extend_i32_u (local.get $length)))
        (call $put_byte (i32.const 32))  ;; blank
        (call $put (local.get $text) (local.get $length))
        (call $put_byte (i32.const 10))  ;; line feed
        (local.set $list (i32.add (local.get $list) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))

  ;; Puts the dump. The entrypoint's name is the `length` bytes at `name`; none if `length` is 0.
  (func $put_dump (param $name i32) (param $length i32)
    (local $arguments i32)
    (local $count i32)
    (local $shift i64)
    (call $fetch_input)
    (call $fetch_environment)
    (if (call $args_sizes_get (i32.const 12) (i32.const 16)) (then (unreachable)))
    (local.set $count (i32.load (i32.const 12)))
    (local.set $arguments (call $reserve (i32.shl (local.get $count) (i32.const 2))))
    (if (call $args_get (local.get $arguments) (call $reserve (i32.load (i32.const 16))))
      (then (unreachable)))

    (call $put (i32.const 256) (i32.const 13))
    (if (local.get $length)
      (then
        (call $put (i32.const 368) (i32.const 11))
        (call $put (local.get $name) (local.get $length))
        (call $put_byte (i32.const 10))))
    (call $put_list (i32.const 272) (global.get $environment) (global.get $variables))
    (call $put_list (i32.const 288) (local.get $arguments) (local.get $count))
    (if (global.get $read_error)
      (then
        (call $put (i32.const 304) (i32.const 12))
        (call $put_decimal (i64.extend_i32_u (global.get $read_error)))
        (call $put_byte (i32.const 10))))
    (call $put (i32.const 320) (i32.const 6))
    (call $put_decimal (global.get $input_length))
    (call $put_byte (i32.const 32))
    ;; The digest's 16 digits, four bits each, the highest first.
    (local.set $shift (i64.const 60))
    (loop $digit
      (call $put_byte
        (i32.load8_u offset=352
          (i32.wrap_i64
            (i64.and (i64.const 15)
              (i64.shr_u (global.get $input_digest) (local.get $shift))))))
      (local.set $shift (i64.sub (local.get $shift) (i64.const 4)))
      (br_if $digit (i64.ge_s (local.get $shift) (i64.const 0))))
    (call $put_byte (i32.const 10))
    (call $put (i32.const 336) (i32.const 4)))
  ;; --- end: dump ---

  (data (i32.const 512) "Content-Type: text/plain\n\n")  ;; 26 bytes
  (data (i32.const 560) "_start")                        ;; 6
  (data (i32.const 576) "second")                        ;; 6
  (data (i32.const 592) "third")                         ;; 5

  (func $answer (param $name i32) (param $length i32)
    (call $put (i32.const 512) (i32.const 26))
    (call $put_dump (local.get $name) (local.get $length))
    (call $flush))

  (func (export "_start") (call $answer (i32.const 560) (i32.const 6)))
  (func (export "second") (call $answer (i32.const 576) (i32.const 6)))
  (func (export "third") (call $answer (i32.const 592) (i32.const 5)))

  ;; The subroutes, 176 bytes.
  (data (i32.const 1024) "/plain second\n")  ;; prefixed by the parent route
  (data (i32.const 1038) "\n")  ;; a blank line
  (data (i32.const 1039) "/blanks \t  third\n")  ;; blanks and tabs between
  (data (i32.const 1056) "  /indented\tsecond \n")  ;; blanks around
  (data (i32.const 1076) "/wild/... second\n")  ;; a wildcard
  (data (i32.const 1093) "/special/... second\n/special/one third\n")  ;; the special one is last, and wins
  (data (i32.const 1132) "/general/one third\n/general/... second\n")  ;; the general one is last, and wins
  (data (i32.const 1171) "/command _start\n")  ;; the function that the parent route calls too
  (data (i32.const 1187) "/crlf third\r\n")  ;; a line that ends in CRLF

  (data (i32.const 608) "/clean second\n")    ;; 14
  (data (i32.const 624) "/unclean second\n")  ;; 16
  (data (i32.const 640) "REQUEST_METHOD=")    ;; 15

  ;; Whether there is no request data.
  (func $clean (result i32)
    (call $fetch_environment)
    (if (call $variable (i32.const 640) (i32.const 15)) (then (return (i32.const 0))))
    (if (call $args_sizes_get (i32.const 12) (i32.const 16)) (then (unreachable)))
    (if (i32.gt_u (i32.load (i32.const 12)) (i32.const 1)) (then (return (i32.const 0))))
    ;; Nothing to read, or nothing to read from.
    (i32.le_s (call $read_page (i32.const 0)) (i32.const 0)))

  (func (export "_routes")
    (call $put (i32.const 1024) (i32.const 176))
    (if (call $clean)
      (then (call $put (i32.const 608) (i32.const 14)))
      (else (call $put (i32.const 624) (i32.const 16))))
    (call $flush)))
