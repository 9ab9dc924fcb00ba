//! The fuzz targets of tests/fuzz on every run: over their seeds, and over
//! mutations of them that are the same each time.

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the library of another package")]
mod bodies;
mod mutations;
mod seeds;

use std::panic::catch_unwind;

use self::mutations::Mutator;

/// Mutations that each target is run on.
const MUTATIONS: u64 = 10_000;

/// Runs a target over its seeds and their mutations. One that panics is told
/// with its bytes, which then become a test of their own.
fn over_mutations(name: &str) {
    let seeds = seeds::of(name);
    assert!(!seeds.is_empty(), "no seeds for {name}");
    let mut mutator = Mutator::new(name);
    let mutated = (0..MUTATIONS).map(|_| mutator.next(&seeds)).collect::<Vec<_>>();
    for bytes in seeds.iter().chain(&mutated) {
        let run = catch_unwind(|| bodies::run(name, bytes));
        assert!(run.is_ok(), "target {name} on {}", bytes.escape_ascii());
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            over_mutations(stringify!($name));
        })*

        #[test]
        fn every_target_is_run() {
            let names: Vec<_> = bodies::TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            for name in names {
                let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz");
                let binary = std::fs::read_to_string(format!("{root}/fuzz_targets/{name}.rs"));
                assert!(binary.unwrap().contains(&format!("run(\"{name}\", bytes)")), "{name}");
                let manifest = std::fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
                assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
            }
        }
    };
}

targets! {
    dtmf engine fragments frame hep icmp name_addr netmon pcap pcapng query rtcp rtp sctp sdp
    sip_message sip_stream tcp tunnel unpack uri via vq_report websocket
}

/// Writes the seeds where cargo-fuzz looks for them.
#[test]
#[ignore = "writes files: cargo test --test it fuzz::seeds_for_cargo_fuzz -- --ignored"]
fn seeds_for_cargo_fuzz() {
    for (name, _) in bodies::TARGETS {
        let folder = format!("{}/tests/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::create_dir_all(&folder).unwrap();
        for (number, bytes) in seeds::of(name).iter().enumerate() {
            std::fs::write(format!("{folder}/seed-{number:03}"), bytes).unwrap();
        }
    }
}
