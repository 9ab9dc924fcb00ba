//! The layering rule, as a test: which module may name which, which crate may
//! appear where, and what the pure layers may never touch.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lowest layer first: (module, modules it may name). Anything else is an error.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("wire", &["base"]),
    ("metrics", &["base"]),
    ("reassembly", &["base", "wire"]),
    // Before the engine, so that nothing after it holds an original.
    ("redact", &["base", "wire", "reassembly"]),
    ("track", &["base", "wire", "metrics"]),
    ("sound", &["base", "wire", "metrics", "reassembly"]),
    ("engine", &["base", "wire", "metrics", "reassembly", "track"]),
    ("diagnosis", &["base", "metrics", "track"]),
    ("report", &["base", "metrics", "redact", "track", "engine", "diagnosis"]),
    ("query", &["base", "report"]),
    ("view", &["base", "report", "query"]),
    ("source", &["base"]),
    (
        "app",
        &[
            "base",
            "metrics",
            "redact",
            "sound",
            "track",
            "engine",
            "diagnosis",
            "report",
            "query",
            "view",
            "source",
        ],
    ),
];

/// A heavy or I/O crate lives behind exactly one path prefix.
const CRATE_HOME: &[(&str, &[&str])] = &[
    ("pcap", &["source/filter/libpcap.rs", "source/live/"]),
    ("flate2", &["source/unpack/gzip.rs", "reassembly/inflate.rs", "reassembly/websocket.rs"]),
    ("zstd", &["source/unpack/"]),
    ("lz4_flex", &["source/unpack/lz4.rs"]),
    ("twox_hash", &["source/unpack/lz4.rs"]),
    ("liblzma", &["source/unpack/xz.rs"]),
    ("mimalloc", &["main.rs"]),
    ("rustix", &["source/standard_input.rs", "source/live/", "app/memory.rs"]),
    // Who the program runs as.
    ("nix", &["app/live/privileges.rs"]),
    ("bzip2", &["source/unpack/"]),
    ("audio_codec", &["sound/"]),
    ("opus_rs", &["sound/decoder.rs"]),
    ("hound", &["app/audio/"]),
    ("etherparse", &["wire/"]),
    ("nom", &["wire/", "query/parse.rs"]),
    ("regex", &["query/"]),
    ("strsim", &["query/"]),
    ("quick_xml", &["wire/event/"]),
    (
        "base64ct",
        &["wire/sip/passport.rs", "redact/passport.rs", "report/vcon/", "view/drawing/policy.rs"],
    ),
    ("p256", &["report/stir/"]),
    ("x509_cert", &["report/stir/"]),
    ("memchr", &["wire/", "reassembly/"]),
    ("hashbrown", &["reassembly/", "redact/", "track/", "engine/", "report/"]),
    ("foldhash", &["track/"]),
    ("serde", &["report/", "view/json/", "track/remnant/"]),
    ("postcard", &["track/remnant.rs"]),
    ("schemars", &["report/"]),
    ("jiff", &["report/time.rs", "query/moment.rs", "app/input.rs"]),
    // Data frames, in the one view that is made of them.
    ("polars_arrow", &["view/tables/"]),
    ("polars_core", &["view/tables/"]),
    ("polars_io", &["view/tables/"]),
    ("polars_lazy", &["view/tables/"]),
    ("polars_parquet", &["view/tables/"]),
    ("polars_plan", &["view/tables/"]),
    ("polars_sql", &["view/tables/"]),
    // The terminal interface: what it shows, and the terminal that shows it.
    ("ratatui", &["view/tui/", "app/tui/"]),
    ("crossterm", &["view/tui/", "app/tui/"]),
    ("similar", &["view/tui/widget/diff.rs"]),
    ("self_cell", &["app/published.rs"]),
    ("toml", &["app/tui/config.rs"]),
    ("anstyle", &["view/terminal.rs"]),
    ("unicode_width", &["view/terminal.rs", "query/error.rs"]),
    (
        "serde_json",
        &[
            "view/json/",
            "view/table/json.rs",
            "view/html/",
            "wire/sip/passport.rs",
            "redact/passport.rs",
            "wire/hep/",
            "view/dashboard/",
            "app/live/serve/",
        ],
    ),
    ("sha2", &["view/drawing/policy.rs", "redact/key.rs", "report/vcon/", "app/live/net/"]),
    ("hmac", &["redact/key.rs"]),
    // The network: the only asynchronous code, on threads of its own.
    ("tokio", &["app/live/net/", "app/live/hep/", "app/live/serve/"]),
    ("tokio_rustls", &["app/live/net/", "app/live/hep/", "app/live/serve/"]),
    ("rustls_pki_types", &["app/live/net/", "app/live/hep/"]),
    ("rustls_native_certs", &["app/live/net/"]),
    ("hyper", &["app/live/serve/"]),
    ("hyper_util", &["app/live/serve/"]),
    ("socket2", &["app/live/hep/"]),
    ("subtle", &["app/live/net/"]),
    ("clap", &["app/"]),
    ("clap_complete", &["app/manual.rs"]),
    ("clap_mangen", &["app/manual.rs"]),
    ("anstream", &["app/"]),
    ("terminal_size", &["app/"]),
    ("indicatif", &["app/"]),
    ("signal_hook", &["app/"]),
];

/// Layers that take packets and time as arguments and return values.
const PURE: &[&str] = &[
    "base",
    "wire",
    "metrics",
    "reassembly",
    "redact",
    "track",
    "sound",
    "engine",
    "diagnosis",
    "report",
    "query",
];
const NEVER_IN_PURE: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "TcpStream",
    "UdpSocket",
    "println!",
    "eprintln!",
    "static mut",
    "unsafe ",
];

const MAX_CODE_LINES: usize = 600;

#[test]
fn modules_only_look_down() {
    check(|file, code, bad| {
        let module = file.module();
        let Some((_, allowed)) = MAY_USE.iter().find(|(m, _)| *m == module) else {
            if !["lib", "main"].contains(&module) {
                bad.push(format!("{file}: module `{module}` has no row in MAY_USE"));
            }
            return;
        };
        for target in named_after(code, "crate::") {
            if target != module && !allowed.contains(&target.as_str()) {
                bad.push(format!("{file}: `{module}` may not use `crate::{target}`"));
            }
        }
        if code.contains("super::super") || (file.is_root() && code.contains("super::")) {
            bad.push(format!("{file}: write `crate::...`, so this test can read it"));
        }
    });
}

#[test]
fn views_do_not_know_each_other() {
    check(|file, code, bad| {
        let Some(own) = file.0.strip_prefix("view/").and_then(|r| r.split(['/', '.']).next())
        else {
            return;
        };
        for path in named_after(code, "crate::view::") {
            // `terminal`, `drawing` and `facts` are no views: they hold the words that
            // views for a terminal, those for a page, and all of them share.
            let shared = ["terminal", "drawing", "facts"].contains(&path.as_str());
            if path != own && !shared && own != "mod" {
                bad.push(format!("{file}: view `{own}` uses view `{path}`"));
            }
        }
    });
}

#[test]
fn each_crate_has_one_home() {
    check(|file, code, bad| {
        for (krate, homes) in CRATE_HOME {
            let used = code.match_indices(&format!("{krate}::")).any(|(at, _)| {
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if used && !homes.iter().any(|h| file.0.starts_with(h)) {
                bad.push(format!("{file}: `{krate}` belongs in {homes:?}"));
            }
        }
    });
}

#[test]
fn pure_layers_do_no_io_and_read_no_clock() {
    check(|file, code, bad| {
        if PURE.contains(&file.module()) {
            for word in NEVER_IN_PURE {
                if code.contains(word) {
                    bad.push(format!("{file}: `{word}`"));
                }
            }
        }
    });
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (file, raw) in sources() {
        assert!(raw.starts_with("//!"), "{file}: first line must say what this module does");
        let lines = code_of(&raw).lines().filter(|l| !l.trim().is_empty()).count();
        assert!(lines <= MAX_CODE_LINES, "{file}: {lines} code lines; split it");
    }
}

// --- the reader ---------------------------------------------------------

#[derive(Clone)]
struct File(String);
impl File {
    fn module(&self) -> &str {
        self.0.split(['/', '.']).next().unwrap()
    }
    /// `wire.rs` or `wire/mod.rs`, where `super` is the crate root.
    fn is_root(&self) -> bool {
        !self.0.contains('/') || (self.0.ends_with("/mod.rs") && self.0.matches('/').count() == 1)
    }
}
impl std::fmt::Display for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "src/{}", self.0)
    }
}

fn check(rule: impl Fn(&File, &str, &mut Vec<String>)) {
    let mut bad = Vec::new();
    for (file, raw) in sources() {
        rule(&file, &code_of(&raw), &mut bad);
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

fn sources() -> Vec<(File, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for e in fs::read_dir(dir).unwrap().flatten() {
            let p = e.path();
            if p.is_dir() {
                walk(&p, out);
            } else if p.extension().is_some_and(|x| x == "rs") {
                out.push(p);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|p| {
            let rel = p.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            (File(rel), fs::read_to_string(&p).unwrap())
        })
        .collect()
}

/// The file without comments, string bodies or its `#[cfg(test)]` tail.
fn code_of(raw: &str) -> String {
    let body = raw.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let (mut out, mut it) = (String::new(), body.chars().peekable());
    while let Some(c) = it.next() {
        match (c, it.peek()) {
            ('/', Some('/')) => {
                for c in it.by_ref() {
                    if c == '\n' {
                        out.push('\n');
                        break;
                    }
                }
            }
            ('/', Some('*')) => {
                let mut p = ' ';
                for c in it.by_ref() {
                    if p == '*' && c == '/' {
                        break;
                    }
                    p = c;
                }
            }
            ('\'', Some('"')) => {
                it.next();
                it.next();
                out.push('_');
            }
            ('\'', Some('\\')) => {
                it.next();
                it.next();
                it.next();
                out.push('_');
            }
            ('r', Some('#')) if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                let hashes = std::iter::from_fn(|| it.next_if_eq(&'#')).count();
                if it.next_if_eq(&'"').is_none() {
                    out.push_str("r#");
                    continue;
                } // r#ident
                let (end, mut seen) = (format!("\"{}", "#".repeat(hashes)), String::new());
                while !seen.ends_with(&end) {
                    match it.next() {
                        Some(c) => seen.push(c),
                        None => break,
                    }
                }
                out.push('_');
            }
            ('"', _) => {
                let mut esc = false;
                for c in it.by_ref() {
                    if !esc && c == '"' {
                        break;
                    }
                    esc = !esc && c == '\\';
                }
                out.push('_');
            }
            _ => out.push(c),
        }
    }
    out
}

/// First path segment after every `prefix`, looking inside `prefix{a::b, c}`.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let ident = |s: &str| {
        s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut out = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (0i32, 0);
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        out.insert(ident(&group[start..i]));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        out.insert(ident(&group[start..i]));
                        start = i + 1;
                    }
                    _ => {}
                }
            }
        } else {
            out.insert(ident(rest));
        }
    }
    out.remove("");
    out
}
