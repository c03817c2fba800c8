//! Asks registries.

use super::credentials::credentials;
use super::limited::Limited;
use super::protocol::protocol;
use super::store::Store;
use super::trouble::Trouble;
use super::{RegistryError, RegistryOptions};
use crate::config::MODULE_SIZE_LIMIT;
use oci_client::client::ClientConfig;
use oci_client::manifest::{ImageIndexEntry, OciDescriptor, OciImageManifest};
use oci_client::{Client, Reference};
use std::time::Duration;

/// Media types of layers that are modules.
const MODULES: [&str; 3] = [
    "application/wasm",
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.module.wasm.content.layer.v1+wasm",
];

const CONNECT_TIME: Duration = Duration::from_secs(10);
/// A registry that says nothing for this long says nothing any more.
const READ_TIME: Duration = Duration::from_secs(30);
/// For everything (5 minutes).
const PULL_TIME: Duration = Duration::from_secs(300);

/// Gets a module from the store or the registry. Blocks; not to be called by an async thread.
pub(crate) fn pull(reference: &str, options: &RegistryOptions) -> Result<Vec<u8>, RegistryError> {
    let image: Reference = reference.parse().map_err(|error| RegistryError {
        problem: format!("`{reference}` is no reference to a registry: {error}"),
        hint: "write it like `oci:registry.example.com/team/hello:1.0`".to_string(),
    })?;
    let store = match options.store().as_deref().map(Store::open) {
        Some(Ok(store)) => Some(store),
        Some(Err(error)) => {
            tracing::warn!(%error, "modules from registries are not kept");
            None
        }
        None => None,
    };
    let pulling = Pulling {
        image,
        store,
        options,
    };
    if let Some(module) = pulling
        .stored()
        .filter(|_| pulling.image.digest().is_some())
    {
        return Ok(module);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| pulling.error(&error.to_string(), ""))?;
    let pulled = runtime.block_on(async { tokio::time::timeout(PULL_TIME, pulling.pull()).await });
    match pulled {
        Ok(Ok(module)) => Ok(module),
        Ok(Err(Trouble::Away(text))) => pulling.without_registry(&text),
        Err(_) => pulling.without_registry("it takes too long"),
        Ok(Err(Trouble::Refused(error))) => Err(error),
    }
}

/// A module on its way from a registry.
pub(super) struct Pulling<'a> {
    pub(super) image: Reference,
    store: Option<Store>,
    options: &'a RegistryOptions,
}

impl Pulling<'_> {
    /// What the reference led to the last time.
    fn stored(&self) -> Option<Vec<u8>> {
        let store = self.store.as_ref()?;
        store.module(&store.remembered(&self.image.whole())?)
    }

    fn without_registry(&self, trouble: &str) -> Result<Vec<u8>, RegistryError> {
        match self.stored() {
            Some(module) => {
                let image = self.image.whole();
                tracing::warn!(%image, %trouble, "the registry is away: the module is the one of the last time");
                Ok(module)
            }
            None => Err(self.error(trouble, "is the registry running, and is its name right?")),
        }
    }

    async fn pull(&self) -> Result<Vec<u8>, Trouble> {
        // Somebody else may have chosen one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new(ClientConfig {
            protocol: protocol(self.image.resolve_registry(), self.options),
            platform_resolver: Some(Box::new(for_wasm)),
            connect_timeout: Some(CONNECT_TIME),
            read_timeout: Some(READ_TIME),
            user_agent: concat!("wagi/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        });
        let auth = credentials(self.image.resolve_registry());
        let manifest = client.pull_image_manifest(&self.image, &auth).await;
        let (manifest, _) = manifest.map_err(|error| self.trouble(error))?;
        let layer = self.layer(&manifest).map_err(Trouble::Refused)?;
        if let Some(module) = self
            .store
            .as_ref()
            .and_then(|store| store.module(&layer.digest))
        {
            self.remember(&layer.digest);
            return Ok(module);
        }
        // It was found to be small enough.
        let mut module = Limited::to(usize::try_from(layer.size).unwrap_or_default());
        let pulled = client.pull_blob(&self.image, layer, &mut module).await;
        pulled.map_err(|error| self.trouble(error))?;
        let image = self.image.whole();
        tracing::info!(%image, digest = %layer.digest, bytes = module.bytes.len(), "module pulled");
        if let Some(Err(error)) = self
            .store
            .as_ref()
            .map(|store| store.keep(&layer.digest, &module.bytes))
        {
            tracing::warn!(%error, "a module from a registry is not kept");
        }
        self.remember(&layer.digest);
        Ok(module.bytes)
    }

    fn remember(&self, digest: &str) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.remember(&self.image.whole(), digest) {
            tracing::warn!(%error, "what a registry said is not kept");
        }
    }

    /// The layer that is the module.
    fn layer<'m>(
        &self,
        manifest: &'m OciImageManifest,
    ) -> Result<&'m OciDescriptor, RegistryError> {
        let is_module = |layer: &&OciDescriptor| MODULES.contains(&layer.media_type.as_str());
        let Some(layer) = manifest.layers.iter().find(is_module) else {
            let types: Vec<&str> = manifest
                .layers
                .iter()
                .map(|layer| layer.media_type.as_str())
                .collect();
            let problem = format!("none of its layers is a module: {}", types.join(", "));
            return Err(self.error(
                &problem,
                "push it with a layer of the type `application/wasm`",
            ));
        };
        match u64::try_from(layer.size) {
            Ok(size) if size <= MODULE_SIZE_LIMIT => Ok(layer),
            _ => {
                let problem = format!("the module has {} bytes", layer.size);
                Err(self.error(&problem, "modules may have 256 MiB"))
            }
        }
    }
}

/// Of several platforms the one for WebAssembly, or the only one.
fn for_wasm(entries: &[ImageIndexEntry]) -> Option<String> {
    let is_wasm = |entry: &&ImageIndexEntry| {
        let platform = entry.platform.as_ref();
        platform.is_some_and(|platform| platform.architecture.to_string() == "wasm")
    };
    let only = || match entries {
        [only] => Some(only),
        _ => None,
    };
    let entry = entries.iter().find(is_wasm).or_else(only)?;
    Some(entry.digest.clone())
}
