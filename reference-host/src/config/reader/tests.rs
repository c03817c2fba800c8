use super::*;
use crate::config::Diagnostics;
use proptest::prelude::*;

const FILE: &str = r#"
[[module]]
route = "/a/..."
module = "file:///srv/a%20b.wasm"
host = ["a.example", "*.b.example"]
methods = ["GET"]
entrypoint = "main"
argv = "x ${ARGS}"
volumes = { "/a" = "b", "/c" = { path = "d", mode = "ro" } }
environment = { A = "b" }
env_file = "nowhere"
limits = { wall_time = "5s", memory = 65536 }
allowed_hosts = ["https://a.example"]
http_max_concurrency = 2

[[static]]
route = "/files/..."
folder = "public"
index = "index.html"
hidden = false
precompressed = true
cache_control = "no-cache"
"#;

fn findings(text: &str) -> Diagnostics {
    let source = Source::new("modules.toml", text);
    let Reading { config, errors } = read(source, Path::new("/nowhere"));
    Diagnostics::new(
        Arc::clone(&config.source),
        [errors, config.warnings].concat(),
    )
}

#[test]
fn the_file_itself_has_one_problem() {
    let findings = findings(FILE).to_string();
    assert_eq!(findings.matches("error").count(), 1, "{findings}");
    assert!(
        findings.contains("cannot read `/nowhere/nowhere`"),
        "{findings}"
    );
}

/// Something that a hand, or a machine, may do to a file.
#[derive(Clone, Debug)]
enum Damage {
    Remove(usize, usize),
    Insert(usize, String),
    Swap(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || 0..FILE.len();
    let piece = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "[[module]]\n",
            "[[static]]\n",
            "[module]\n",
            "route = 1\n",
            "\"",
            "'''",
            "{",
            "}",
            "[",
            "]",
            "=",
            "\n",
            "\r",
            "\0",
            "\u{feff}",
            "1979-05-27",
            "nan",
            "0x",
            "../",
            "%00",
            "😀",
        ])
        .prop_map(str::to_string),
    ];
    prop_oneof![
        (at(), 0..40usize).prop_map(|(from, length)| Damage::Remove(from, length)),
        (at(), piece).prop_map(|(at, text)| Damage::Insert(at, text)),
        (0..20usize, 0..20usize).prop_map(|(one, other)| Damage::Swap(one, other)),
    ]
}

fn damaged(text: &str, damage: &Damage) -> String {
    let mut text = text.to_string();
    match damage {
        Damage::Remove(from, length) => {
            let from = text.floor_char_boundary(*from);
            let to = text.floor_char_boundary(from + length);
            text.replace_range(from..to.max(from), "");
        }
        Damage::Insert(at, piece) => text.insert_str(text.floor_char_boundary(*at), piece),
        Damage::Swap(one, other) => {
            let mut lines: Vec<&str> = text.split('\n').collect();
            let count = lines.len();
            lines.swap(one % count, other % count);
            text = lines.join("\n");
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever stands in the file is read or refused, and every finding can be shown.
    #[test]
    fn a_damaged_file(list in prop::collection::vec(damage(), 1..8)) {
        let text = list.iter().fold(FILE.to_string(), |text, damage| damaged(&text, damage));
        let _ = findings(&text).to_string();
    }

    #[test]
    fn any_text(text in any::<String>()) {
        let _ = findings(&text).to_string();
    }
}
