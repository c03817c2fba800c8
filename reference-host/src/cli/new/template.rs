//! What a project begins with: the files under `templates/`, in which `@word@` is replaced.

use super::name::ProjectName;
use clap::ValueEnum;
use std::fmt;

/// A template of `wagi new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// Rust with wagi-sdk: a page with a form
    Rust,
    /// Rust with wagi-sdk: JSON in and out
    RustJson,
    /// Rust with nothing but `println!`
    RustPlain,
    /// C
    C,
    /// Go with net/http/cgi
    Go,
    /// Zig
    Zig,
    /// AssemblyScript
    Assemblyscript,
}

/// What people type.
pub(super) struct Commands {
    pub(super) build: String,
    pub(super) ask: &'static str,
    pub(super) test: &'static str,
}

/// A file of a template: where it goes, and its text.
type File = (&'static str, &'static str);

macro_rules! source {
    ($path:literal, $source:literal) => {
        ($path, include_str!(concat!("../../../templates/", $source)))
    };
}

// Manifests and ignore files have other names in the repository, where tools would take them at their word.
const RUST: [File; 5] = [
    source!("README.md", "rust/README.md"),
    source!("Cargo.toml", "rust/manifest.toml"),
    source!("rust-toolchain.toml", "rust/rust-toolchain.toml"),
    source!("src/main.rs", "rust/main.rs"),
    (".gitignore", "/target/\n"),
];
const RUST_JSON: [File; 5] = [
    RUST[0],
    source!("Cargo.toml", "rust-json/manifest.toml"),
    RUST[2],
    source!("src/main.rs", "rust-json/main.rs"),
    RUST[4],
];
const RUST_PLAIN: [File; 5] = [
    RUST[0],
    source!("Cargo.toml", "rust-plain/manifest.toml"),
    RUST[2],
    source!("src/main.rs", "rust-plain/main.rs"),
    RUST[4],
];
const C: [File; 4] = [
    source!("README.md", "c/README.md"),
    source!("main.c", "c/main.c"),
    TEST,
    (".gitignore", "/@module@\n"),
];
const GO: [File; 5] = [
    source!("README.md", "go/README.md"),
    source!("go.mod", "go/go.mod.txt"),
    source!("main.go", "go/main.go"),
    TEST,
    (".gitignore", "/@module@\n"),
];
const ZIG: [File; 4] = [
    source!("README.md", "zig/README.md"),
    source!("main.zig", "zig/main.zig"),
    TEST,
    (".gitignore", "/@module@\n/.zig-cache/\n"),
];
const ASSEMBLYSCRIPT: [File; 6] = [
    source!("README.md", "assemblyscript/README.md"),
    source!("package.json", "assemblyscript/package.json"),
    source!("asconfig.json", "assemblyscript/asconfig.json"),
    source!("assembly/main.ts", "assemblyscript/main.ts"),
    TEST,
    (".gitignore", "/@module@\n/node_modules/\n"),
];
const TEST: File = source!("test.sh", "shared/test.sh");
const MODULES: File = source!("modules.toml", "shared/modules.toml");

impl Template {
    /// Whether there is a dependency on wagi-sdk.
    pub(super) fn uses_sdk(self) -> bool {
        matches!(self, Self::Rust | Self::RustJson)
    }

    fn is_rust(self) -> bool {
        matches!(self, Self::Rust | Self::RustJson | Self::RustPlain)
    }

    /// The files of a project, README first. `sdk` is the line for wagi-sdk in a manifest; a project
    /// that `nests` below another Cargo package has to be a workspace of its own.
    pub(super) fn files(
        self,
        name: &ProjectName,
        sdk: &str,
        nests: bool,
    ) -> Vec<(&'static str, String)> {
        let files: &[File] = match self {
            Self::Rust => &RUST,
            Self::RustJson => &RUST_JSON,
            Self::RustPlain => &RUST_PLAIN,
            Self::C => &C,
            Self::Go => &GO,
            Self::Zig => &ZIG,
            Self::Assemblyscript => &ASSEMBLYSCRIPT,
        };
        let commands = self.commands(name);
        let module = self.module(name);
        let fill = |text: &str| {
            text.replace("@name@", name.as_str())
                .replace("@module@", &module)
                .replace("@build@", &commands.build)
                .replace("@serve@", "wagi serve")
                .replace("@ask@", commands.ask)
                .replace("@sdk@", sdk)
        };
        let (readme, rest) = files.split_first().expect("a template has files");
        let mut filled = Vec::new();
        for (path, text) in [readme, &MODULES].into_iter().chain(rest) {
            let mut text = fill(text);
            if *path == "Cargo.toml" && nests {
                text.push_str(OWN_WORKSPACE);
            }
            filled.push((*path, text));
        }
        filled
    }

    /// Where the build leaves the module.
    fn module(self, name: &ProjectName) -> String {
        let name = name.as_str();
        if self.is_rust() {
            format!("target/wasm32-wasip1/release/{name}.wasm")
        } else {
            format!("{name}.wasm")
        }
    }

    /// What to type to have the project built, asked and tested.
    pub(super) fn commands(self, name: &ProjectName) -> Commands {
        let module = self.module(name);
        let build = match self {
            Self::Rust | Self::RustJson | Self::RustPlain => {
                // Where modules.toml has it, also if cargo is set up to build elsewhere.
                "cargo build --release --target wasm32-wasip1 --target-dir target".to_owned()
            }
            Self::C => format!("clang --target=wasm32-wasi -Wall -O2 -s -o {module} main.c"),
            Self::Go => format!("GOOS=wasip1 GOARCH=wasm go build -o {module}"),
            Self::Zig => format!(
                "zig build-exe -target wasm32-wasi -O ReleaseSmall -femit-bin={module} main.zig"
            ),
            Self::Assemblyscript => "npm install && npm run build".to_owned(),
        };
        Commands {
            build,
            ask: match self {
                Self::RustJson => {
                    r#"curl http://127.0.0.1:3000/ -H 'Content-Type: application/json' -d '{"items": [{"price": 250, "quantity": 2}]}'"#
                }
                _ => "curl 'http://127.0.0.1:3000/?name=Ada'",
            },
            test: if self.is_rust() {
                "cargo test"
            } else {
                "./test.sh"
            },
        }
    }
}

const OWN_WORKSPACE: &str = "
# Not a member of the workspace above it.
[workspace]
";

impl fmt::Display for Template {
    /// As it is given on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no template is hidden");
        f.write_str(value.get_name())
    }
}
