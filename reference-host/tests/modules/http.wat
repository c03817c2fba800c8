;; Sends a request to the URL on standard input by the imports of deislabs/wagi, and prints the error
;; number, the status, the fields and the body.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "req"
    (func $req (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "close" (func $close (param i32) (result i32)))
  (import "wasi_experimental_http" "header_get"
    (func $header_get (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "headers_get_all"
    (func $headers_get_all (param i32 i32 i32 i32) (result i32)))
  (import "wasi_experimental_http" "body_read" (func $body_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 64) "Content-Type: text/plain\0a\0a")
  (data (i32.const 96) "00 000\0a")
  (data (i32.const 112) "GET")
  (data (i32.const 116) "POST")
  (data (i32.const 128) "X-Own: mine\0aHost: evil.example\0aContent-Length: 7\0a")
  (data (i32.const 192) "ping")
  (data (i32.const 208) "X-Server")
  (global $url_length (mut i32) (i32.const 0))

  (func $write (param $from i32) (param $length i32)
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $length)))
      (i32.store (i32.const 0) (local.get $from))
      (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
      (br $more))))

  (func $read_url
    (block $end (loop $more
      (i32.store (i32.const 0) (i32.add (i32.const 4096) (global.get $url_length)))
      (i32.store (i32.const 4) (i32.const 1024))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (br_if $end (i32.eqz (i32.load (i32.const 8))))
      (global.set $url_length (i32.add (global.get $url_length) (i32.load (i32.const 8))))
      (br $more))))

  ;; status to 32, handle to 36
  (func $fetch (param $method i32) (param $method_length i32) (param $body_length i32) (result i32)
    (call $req (i32.const 4096) (global.get $url_length)
      (local.get $method) (local.get $method_length)
      (i32.const 128) (i32.const 49)
      (i32.const 192) (local.get $body_length)
      (i32.const 32) (i32.const 36)))

  (func $digit (param $at i32) (param $number i32)
    (i32.store8 (local.get $at)
      (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10)))))

  (func $print_head (param $errno i32) (local $status i32)
    (local.set $status (i32.load16_u (i32.const 32)))
    (call $digit (i32.const 96) (i32.div_u (local.get $errno) (i32.const 10)))
    (call $digit (i32.const 97) (local.get $errno))
    (call $digit (i32.const 99) (i32.div_u (local.get $status) (i32.const 100)))
    (call $digit (i32.const 100) (i32.div_u (local.get $status) (i32.const 10)))
    (call $digit (i32.const 101) (local.get $status))
    (call $write (i32.const 96) (i32.const 7)))

  (func $tell (param $errno i32)
    (call $write (i32.const 64) (i32.const 26))
    (call $print_head (local.get $errno))
    (if (local.get $errno) (then return))
    (if (call $header_get (i32.load (i32.const 36)) (i32.const 208) (i32.const 8)
          (i32.const 8192) (i32.const 1024) (i32.const 40))
      (then unreachable))
    (call $write (i32.const 8192) (i32.load (i32.const 40)))
    (call $write (i32.const 102) (i32.const 1))
    (if (call $headers_get_all (i32.load (i32.const 36)) (i32.const 8192) (i32.const 8192)
          (i32.const 40))
      (then unreachable))
    (call $write (i32.const 8192) (i32.load (i32.const 40)))
    (block $end (loop $more
      (local.set $errno (call $body_read (i32.load (i32.const 36)) (i32.const 65536)
        (i32.const 16384) (i32.const 40)))
      (if (local.get $errno) (then (call $print_head (local.get $errno)) (br $end)))
      (br_if $end (i32.eqz (i32.load (i32.const 40))))
      (call $write (i32.const 65536) (i32.load (i32.const 40)))
      (br $more)))
    (drop (call $close (i32.load (i32.const 36))))
    ;; the handle is gone
    (if (i32.ne (i32.const 1) (call $body_read (i32.load (i32.const 36)) (i32.const 65536)
          (i32.const 16384) (i32.const 40)))
      (then unreachable)))

  (func (export "_start")
    (call $read_url)
    (call $tell (call $fetch (i32.const 112) (i32.const 3) (i32.const 0))))
  (func (export "post")
    (call $read_url)
    (call $tell (call $fetch (i32.const 116) (i32.const 4) (i32.const 4))))
  ;; three at the same time
  (func (export "many")
    (call $read_url)
    (drop (call $fetch (i32.const 112) (i32.const 3) (i32.const 0)))
    (drop (call $fetch (i32.const 112) (i32.const 3) (i32.const 0)))
    (call $write (i32.const 64) (i32.const 26))
    (call $print_head (call $fetch (i32.const 112) (i32.const 3) (i32.const 0))))
  ;; addresses that are not there
  (func (export "wild") (local $errno i32)
    (call $write (i32.const 64) (i32.const 26))
    (call $print_head (call $req (i32.const -16) (i32.const 32) (i32.const 112) (i32.const 3)
      (i32.const 128) (i32.const 0) (i32.const 192) (i32.const 0) (i32.const 32) (i32.const 36)))
    (call $print_head (call $header_get (i32.const 77) (i32.const 208) (i32.const 8)
      (i32.const 8192) (i32.const 1024) (i32.const 40)))))
