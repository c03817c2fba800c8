//! `examples/modules.toml` serves every example.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wagi_example_harness::{Site, build, build_component};
use wagi_host::Config;

const BY_HAND: &str = "../target/wasm32-wasip1/guest/";

const COMPONENTS_BY_HAND: &str = "../target/wasm32-wasip2/guest/";

const DATA_BY_HAND: &str = "../target/example-data";

#[derive(serde::Deserialize)]
struct Modules {
    module: Vec<Module>,
}

#[derive(serde::Deserialize)]
struct Module {
    route: String,
    module: String,
}

fn examples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn modules() -> BTreeMap<String, String> {
    let text = fs::read_to_string(examples().join("modules.toml")).expect("modules.toml is there");
    let modules: Modules = toml::from_str(&text).expect("modules.toml is TOML");
    let routes = modules.module.into_iter().map(|Module { route, module }| {
        let name = module
            .strip_prefix(BY_HAND)
            .or_else(|| module.strip_prefix(COMPONENTS_BY_HAND))
            .and_then(|file| file.strip_suffix(".wasm"));
        (
            name.unwrap_or_else(|| panic!("{module} is not in {BY_HAND}"))
                .to_owned(),
            route,
        )
    });
    routes.collect()
}

#[test]
fn every_example_is_in_it() {
    let mut folders: Vec<_> = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("src/main.rs").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, modules().into_keys().collect::<Vec<_>>());
}

#[test]
fn it_serves_them_all() {
    let mut text = fs::read_to_string(examples().join("modules.toml")).unwrap();
    for name in modules().keys() {
        // The target directory may be elsewhere.
        let component = format!("{COMPONENTS_BY_HAND}{name}.wasm");
        text = if text.contains(&component) {
            text.replace(&component, build_component(name).to_str().unwrap())
        } else {
            let module = build(name);
            text.replace(&format!("{BY_HAND}{name}.wasm"), module.to_str().unwrap())
        };
    }
    let pages = examples().join("markdown/pages");
    text = text.replace("\"markdown/pages\"", &format!("{pages:?}"));
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for name in modules().keys() {
        fs::create_dir_all(data.join(name)).unwrap();
    }
    text = text.replace(DATA_BY_HAND, data.to_str().unwrap());
    let file = folder.path().join("modules.toml");
    fs::write(&file, text).unwrap();

    let site = Site::new(Config::load(file).unwrap());
    let ask = |path: &str| site.get(path).send().unwrap().text().unwrap();
    let nobody = ask("/no/such/route");
    for (name, route) in modules() {
        assert_ne!(ask(route.trim_end_matches("/...")), nobody, "{name}");
    }
}
