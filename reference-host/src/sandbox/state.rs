//! What belongs to an instance on the side of the host.

use super::meter::Meter;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtxBuilder, WasiCtxView, WasiView};

/// The data of a store. The same for modules and components, so that both get the same streams,
/// variables, arguments and volumes.
pub(super) struct State {
    pub(super) wasi: WasiP1Ctx,
    pub(super) meter: Meter,
}

impl State {
    /// A state that can do nothing, for questions to the linker.
    pub(super) fn empty() -> Self {
        Self {
            wasi: WasiCtxBuilder::new().build_p1(),
            meter: Meter::new(0, 0),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}
