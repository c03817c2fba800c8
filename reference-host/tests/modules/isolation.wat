;; Looks for what an earlier instance left behind, tells what it was given, and leaves traces of its
;; own everywhere: memory, grown memory, globals, tables, open files.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (table $table 256 funcref)
  (elem declare func $trace)
  (global $number (mut i64) (i64.const 0))
  (data (i32.const 64) "Content-Type: application/octet-stream\0a\0a")
  (data (i32.const 128) "clean\00dirty\00")
  (data (i32.const 144) "file")
  (func $trace)

  ;; adds up every byte from $at to $end
  (func $traces (param $at i32) (param $end i32) (result i64) (local $found i64)
    (loop $more
      (local.set $found (i64.or (local.get $found) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $found))

  (func $is_dirty (result i32) (local $found i64) (local $slot i32)
    ;; everything behind the data, and what is added to it
    (local.set $found (call $traces (i32.const 256) (i32.const 262144)))
    (if (i32.eq (memory.grow (i32.const 2)) (i32.const 4))
      (then (local.set $found (i64.or (local.get $found)
        (call $traces (i32.const 262144) (i32.const 393216)))))
      (else unreachable))
    (local.set $found (i64.or (local.get $found) (global.get $number)))
    (loop $more
      (if (i32.eqz (ref.is_null (table.get $table (local.get $slot))))
        (then (local.set $found (i64.const 1))))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $slot) (i32.const 256))))
    ;; behind the volume there are no open files; a bad descriptor is error 8
    (local.set $slot (i32.const 4))
    (loop $more
      (if (i32.ne (call $fdstat (local.get $slot) (i32.const 160)) (i32.const 8))
        (then (local.set $found (i64.const 1))))
      (local.set $slot (i32.add (local.get $slot) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $slot) (i32.const 16))))
    (i64.ne (local.get $found) (i64.const 0)))

  (func $write (param $from i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $length))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
      (then unreachable))
    (if (i32.ne (i32.load (i32.const 8)) (local.get $length)) (then unreachable)))

  ;; standard input goes to 131072; how much it is
  (func $read (result i32) (local $length i32)
    (block $end (loop $more
      (i32.store (i32.const 0) (i32.add (i32.const 131072) (local.get $length)))
      (i32.store (i32.const 4) (i32.const 4096))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (br_if $end (i32.eqz (i32.load (i32.const 8))))
      (local.set $length (i32.add (local.get $length) (i32.load (i32.const 8))))
      (br $more)))
    (local.get $length))

  ;; leaves the beginning of standard input everywhere, also where data was, and files open
  (func $leave_traces (local $at i32) (local $nonce i64)
    (loop $more
      (if (call $open (i32.const 3) (i32.const 0) (i32.const 144) (i32.const 4)
            (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 160))
        (then unreachable))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 4))))
    (local.set $nonce (i64.or (i64.load (i32.const 131072)) (i64.const 1)))
    (local.set $at (i32.const 0))
    (loop $more
      (i64.store (local.get $at) (local.get $nonce))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 393216))))
    (global.set $number (local.get $nonce))
    (table.fill $table (i32.const 0) (ref.func $trace) (i32.const 256)))

  (func $answer (local $is_dirty i32) (local $length i32)
    (local.set $is_dirty (call $is_dirty))
    (call $write (i32.const 64) (i32.const 40))
    (call $write (select (i32.const 134) (i32.const 128) (local.get $is_dirty)) (i32.const 6))
    (drop (call $environ_sizes (i32.const 16) (i32.const 20)))
    (drop (call $environ (i32.const 32768) (i32.const 65536)))
    (call $write (i32.const 65536) (i32.load (i32.const 20)))
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 32768) (i32.const 98304)))
    (call $write (i32.const 98304) (i32.load (i32.const 20)))
    (local.set $length (call $read))
    (call $write (i32.const 131072) (local.get $length)))

  (func (export "_start") (call $answer) (call $leave_traces))
  (func (export "fail") (call $answer) (call $leave_traces) unreachable))
