//! Several functions of one module as handlers.
//!
//! # The exception for `unsafe`
//!
//! Rust calls `no_mangle` unsafe because a name is taken for the whole program: another function that is called by it, such
//! as one of the C library, would be ours instead. The expansion below is the only place where that happens, and only in
//! modules:
//!
//! - the names are those of the author's own functions in the list, which become the module's exports. That they have to
//!   differ from the symbols of the C library is the one condition that is left to the author, and it is documented;
//! - two functions of one name in one module are an error of the linker, as are names that `std` exports;
//! - each exported function has the signature that the specification asks for, no parameters and no result, and its body
//!   is ordinary safe code. A second entrypoint is never called in the same instance.

/// Exports functions as entrypoints, and `_routes` that declares them: one module, several routes.
///
/// ```
/// mod app {
///     use wagi_sdk::{Gateway, entrypoints};
///
///     pub fn list() -> &'static str { "all items" }
///     pub fn item(gateway: Gateway) -> String { gateway.path_info().to_owned() }
///     pub fn home() -> &'static str { "home" }
///
///     entrypoints! {
///         "/items" => list,
///         "/items/..." => item,
///     }
/// }
///
/// fn main() {
///     // What none of the routes fits.
///     wagi_sdk::serve(app::home);
/// }
/// ```
///
/// The patterns are WAGI's: a path, or `/…/...` with all that is below it. They stand below the route at which the
/// operator mounts the module; of several that fit, the **last** wins. Each is a route of its own, so that `SCRIPT_NAME`
/// has the pattern in it and `PATH_INFO` only what follows.
///
/// The functions are handlers like any other, without generic parameters, and in scope where the list is. Each is exported
/// under its own name, and so must not be called like a function of the C library (`read`, `write`, `open`, `index`,
/// `remove`, `link`, …). The macro stands once in a program. Only modules have entrypoints: natively it does nothing.
///
/// It is a use of `unsafe`: exporting a name. `#![forbid(unsafe_code)]` in the crate that uses it is
/// fine.
#[macro_export]
macro_rules! entrypoints {
    ($($pattern:literal => $handler:ident),+ $(,)?) => {
        // Without WebAssembly there are no exports; the handlers are named all the same.
        #[cfg(not(target_family = "wasm"))]
        const _: () = {
            $(let _ = &$handler;)+
        };

        #[cfg(target_family = "wasm")]
        #[doc(hidden)]
        #[allow(unreachable_pub, missing_docs)]
        mod __wagi_entrypoints {
            $(
                // Safety: see the argument at the head of the SDK's file `entrypoints.rs`.
                #[unsafe(no_mangle)]
                pub extern "C" fn $handler() {
                    $crate::serve(super::$handler);
                }
            )+

            // Safety: the same; the name is WAGI's own.
            #[unsafe(no_mangle)]
            pub extern "C" fn _routes() {
                $crate::private::print_routes(&[$(($pattern, stringify!($handler))),+]);
            }
        }
    };
}
