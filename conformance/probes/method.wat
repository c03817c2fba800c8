;; method: shows the method in a field of the response, where HEAD shows it too.
;;
;; Answers with the fields `X-Query` (QUERY_STRING) and `X-Method` (REQUEST_METHOD), and the body
;; `method` and a line feed.
;;
;; Memory:
;;   0x0000  address and length of the buffer for fd_read and fd_write; 0x0008 what they answer
;;   0x000c  count and 0x0010 size that environ_sizes_get and args_sizes_get answer
;;   0x0040  the texts
;;  0x20000  one page: gathered output
;;  0x30000  environment and what else is fetched, growing

(module
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get"
    (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param i32)))

  (memory (export "memory") 4)

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

  ;; --- part: query ---
  ;; Sets $query and $query_length to QUERY_STRING; the length is 0 if there is none.
  (data (i32.const 64) "QUERY_STRING=")
  (global $query (mut i32) (i32.const 0))
  (global $query_length (mut i32) (i32.const 0))
  (func $fetch_query
    (call $fetch_environment)
    (global.set $query (call $variable (i32.const 64) (i32.const 13)))
    (if (global.get $query)
      (then (global.set $query_length (call $length (global.get $query))))))
  ;; --- end: query ---

  (data (i32.const 512) "Content-Type: text/plain\nX-Query: ")  ;; 34 bytes
  (data (i32.const 560) "\nX-Method: ")  ;; 11 bytes
  (data (i32.const 576) "REQUEST_METHOD=")  ;; 15 bytes
  (data (i32.const 592) "\n\nmethod\n")  ;; 9 bytes

  (func (export "_start")
    (local $method i32)
    (call $fetch_query)
    (local.set $method (call $variable (i32.const 576) (i32.const 15)))
    (call $put (i32.const 512) (i32.const 34))
    (call $put (global.get $query) (global.get $query_length))
    (call $put (i32.const 560) (i32.const 11))
    (if (local.get $method)
      (then (call $put (local.get $method) (call $length (local.get $method)))))
    (call $put (i32.const 592) (i32.const 9))
    (call $flush)))
