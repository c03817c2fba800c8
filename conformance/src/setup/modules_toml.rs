//! `modules.toml`, as deislabs/wagi defined it and the reference host reads it.

use super::folder::Folder;
use super::{SetupError, deployed};
use crate::mount::MountTable;

const HEAD: &str = "\
# The probes of the WAGI conformance suite, written by `wagi-conformance setup`.
# Paths are relative to this file; start the server in this folder.
";

const README: &str = "\
The probes of the WAGI conformance suite, with a modules.toml that mounts them.

1. Start a server in this folder, for example the reference host:

       wagi serve -c modules.toml -l 127.0.0.1:3000

2. Test it:

       wagi-conformance run --url http://127.0.0.1:3000

Nothing in this folder is needed afterwards; `setup` may be run again to renew it.
";

pub(super) fn write(
    folder: &mut Folder,
    site: Option<&str>,
) -> Result<Vec<(String, String)>, SetupError> {
    let mut text = HEAD.to_owned();
    for mount in MountTable::builtin().of_site(site) {
        folder.probe(&mount.probe)?;
        text += &format!("\n[[module]] # {}\n", mount.name);
        text += &format!("route = {}\n", deployed::string(&mount.route));
        text += &format!(
            "module = {}\n",
            deployed::string(&format!("probes/{}.wasm", mount.probe))
        );
        if let Some(entrypoint) = &mount.entrypoint {
            text += &format!("entrypoint = {}\n", deployed::string(entrypoint));
        }
        if let Some(argv) = &mount.argv {
            text += &format!("argv = {}\n", deployed::string(argv));
        }
        if !mount.environment.is_empty() {
            text += &format!("environment = {}\n", deployed::table(&mount.environment));
        }
        if !mount.volumes.is_empty() {
            let host =
                |(guest, folder): (&String, &String)| (guest.clone(), format!("volumes/{folder}"));
            text += &format!(
                "volumes = {}\n",
                deployed::table(&mount.volumes.iter().map(host).collect())
            );
        }
    }
    folder.file("modules.toml", text);
    folder.file("README.txt", README);
    deployed::volumes(folder);
    Ok(Vec::new())
}
