//! A `cgi-bin` folder, for plain CGI servers: each script starts the native twin of its probe.

use std::path::Path;

use super::SetupError;
use super::folder::Folder;
use crate::mount::MountTable;

/// The program's name in the folder. It is a link or a copy: the server's user may not be allowed
/// to reach the folder in which the suite was built.
const PROGRAM: &str = "wagi-conformance";

/// What a Linux kernel reads of a script's first line, and a little less.
const FIRST_LINE: usize = 250;

const README: &str = "\
The probes of the WAGI conformance suite as CGI scripts.

1. Tell your server to run the files of cgi-bin/ as CGI scripts, below the URL path /cgi-bin/, with
   PATH_INFO after the script's name. The server's user must be able to read this folder. If it is
   moved, run `setup` again: the scripts name the program by its absolute path.

2. Test it; server.toml says how the scripts are reached and that only the rules of plain CGI apply:

       wagi-conformance run --url http://127.0.0.1:8080 --server server.toml
";

const SERVER: &str = "\
# For `wagi-conformance run --url URL --server server.toml`.
name = \"CGI server\"
path = \"/cgi-bin/{mount}\"
profile = \"cgi\"
setup = \"cgi-bin\"
";

pub(super) fn write(
    folder: &mut Folder,
    program: &Path,
) -> Result<Vec<(String, String)>, SetupError> {
    let interpreter = folder.root().join(PROGRAM);
    let first_line = format!("#!{} probe\n", interpreter.display());
    let reason = if first_line.len() > FIRST_LINE {
        Some("its path is too long for the first line of a script; choose a shorter folder")
    } else if interpreter
        .to_str()
        .is_none_or(|path| path.contains(char::is_whitespace))
    {
        Some("a script's first line cannot hold blanks; choose a folder without")
    } else {
        None
    };
    if let Some(reason) = reason {
        return Err(SetupError::Program {
            program: interpreter,
            reason: reason.to_owned(),
        });
    }
    let mut left_out = Vec::new();
    for mount in MountTable::builtin().of_site(None) {
        if mount.cgi {
            folder.script(&format!("cgi-bin/{}", mount.name), first_line.as_str());
        } else {
            let reason = if mount.needs.is_empty() {
                "the probe has no native twin"
            } else {
                "plain CGI has no such configuration"
            };
            left_out.push((mount.name.clone(), reason.to_owned()));
        }
    }
    folder.program(PROGRAM, program);
    folder.file(
        "document-root/index.html",
        "<title>WAGI conformance suite</title>\n",
    );
    folder.file("README.txt", README);
    folder.file("server.toml", SERVER);
    Ok(left_out)
}
