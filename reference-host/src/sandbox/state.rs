//! What belongs to an instance on the side of the host.

use super::meter::Meter;
use super::network::HttpState;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

/// The data of a store. The same for modules and components, so that both get the same streams,
/// variables, arguments and volumes.
pub(super) struct State {
    pub(super) wasi: WasiP1Ctx,
    pub(super) meter: Meter,
    /// Made when it is needed, if the module imports no HTTP.
    pub(super) http: Option<Box<HttpState>>,
}

impl State {
    /// A state that can do nothing, for questions to the linker.
    pub(super) fn empty() -> Self {
        Self {
            wasi: WasiCtxBuilder::new().build_p1(),
            meter: Meter::new(0, 0),
            http: None,
        }
    }

    pub(super) fn http(&mut self) -> &mut HttpState {
        self.http.get_or_insert_default()
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let http = self.http.get_or_insert_default();
        WasiHttpCtxView {
            hooks: &mut http.network,
            table: self.wasi.ctx().table,
            ctx: &mut http.context,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}
