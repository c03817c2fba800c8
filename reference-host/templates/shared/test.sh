#!/bin/sh
# Asks the module without a server. WAGI says where wagi is, if it is not on the PATH.
set -eu
cd "$(dirname "$0")"

answer=$("${WAGI:-wagi}" request @module@ '/?name=Ada+%26+Bob')
case $answer in
*'Hello, Ada &amp; Bob!'*) echo 'ok: the name is decoded and escaped' ;;
*)
    printf 'the module should greet "Ada &amp; Bob":\n%s\n' "$answer" >&2
    exit 1
    ;;
esac
