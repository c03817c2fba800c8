//! `spin.toml`, for the WAGI executor of Spin (manifest version 2).

use super::folder::Folder;
use super::{SetupError, deployed};
use crate::case::schema::Feature;
use crate::mount::{Mount, MountTable};

const HEAD: &str = r#"# The probes of the WAGI conformance suite, written by `wagi-conformance setup`.

spin_manifest_version = 2

[application]
name = "wagi-conformance"
version = "1.0.0"
description = "Probes of the WAGI conformance suite"
"#;

const README: &str = "\
The probes of the WAGI conformance suite, with a spin.toml that mounts them by Spin's WAGI executor.

1. Start Spin in this folder:

       spin up -f spin.toml --listen 127.0.0.1:3000

2. Test it; server.toml says what Spin cannot express, so that those cases count as not applicable:

       wagi-conformance run --url http://127.0.0.1:3000 --server server.toml

Left out of spin.toml:
";

/// What Spin's WAGI executor has no word for, in its own manifest.
const LACKS: &[(Feature, &str, &str)] = &[
    (
        Feature::Entrypoint,
        "entrypoint",
        "Spin's WAGI executor always calls _start",
    ),
    (
        Feature::DeclaredRoutes,
        "declared-routes",
        "Spin does not call _routes",
    ),
];

pub(super) fn write(
    folder: &mut Folder,
    site: Option<&str>,
) -> Result<Vec<(String, String)>, SetupError> {
    let (mut text, mut readme) = (HEAD.to_owned(), README.to_owned());
    let mut left_out = Vec::new();
    for mount in MountTable::builtin().of_site(site) {
        let lacking = LACKS
            .iter()
            .find(|(feature, ..)| mount.needs.contains(feature));
        if let Some((_, _, reason)) = lacking {
            readme += &format!("    {} ({}): {reason}\n", mount.name, mount.route);
            left_out.push((mount.name.clone(), (*reason).to_owned()));
        } else {
            folder.probe(&mount.probe)?;
            text += &component(mount);
        }
    }
    let mut server = "\
# For `wagi-conformance run --url URL --server server.toml`: what Spin cannot express.
name = \"Spin\"

[lacks]
"
    .to_owned();
    for (_, name, reason) in LACKS {
        server += &format!("{name} = {}\n", deployed::string(reason));
    }
    folder.file("spin.toml", text);
    folder.file("server.toml", server);
    folder.file("README.txt", readme);
    deployed::volumes(folder);
    Ok(left_out)
}

fn component(mount: &Mount) -> String {
    let mut executor = "type = \"wagi\"".to_owned();
    if let Some(argv) = &mount.argv {
        executor += &format!(", argv = {}", deployed::string(argv));
    }
    let mut text = format!(
        "\n[[trigger.http]]\nroute = {}\ncomponent = {}\nexecutor = {{ {executor} }}\n\n[component.{}]\nsource = {}\n",
        deployed::string(&mount.route),
        deployed::string(&mount.name),
        mount.name,
        deployed::string(&format!("probes/{}.wasm", mount.probe)),
    );
    if !mount.environment.is_empty() {
        text += &format!("environment = {}\n", deployed::table(&mount.environment));
    }
    if !mount.volumes.is_empty() {
        let file = |(guest, folder): (&String, &String)| {
            let source = deployed::string(&format!("volumes/{folder}"));
            format!(
                "{{ source = {source}, destination = {} }}",
                deployed::string(guest)
            )
        };
        let files = mount.volumes.iter().map(file).collect::<Vec<_>>();
        text += &format!("files = [{}]\n", files.join(", "));
    }
    text
}
