//! What a ladder says of findings, names and quality.

use crate::program::{output, run};

#[test]
fn findings_are_marked_where_they_show() {
    let drawn = output(&["ladder", "samples/one-way-audio.pcap"]);
    let marked: Vec<_> = drawn.lines().filter(|line| line.contains("   ! ")).collect();
    let starts: Vec<_> = marked.iter().map(|line| line.split('!').next().unwrap().trim()).collect();
    assert_eq!(starts, ["+1.002969  #4", "+1.007154  #7", ""], "{drawn}");
    let legend = "! fault  #4, #7  One-way audio: nothing reached the callee  [media.one-way]";
    assert!(drawn.trim_end().ends_with(legend), "{drawn}");
}

#[test]
fn hosts_have_the_names_that_the_user_gives_them() {
    let drawn = output(&[
        "ladder",
        "samples/busy.pcap",
        "--name",
        "192.0.2.10=Desk 12",
        "--name",
        "198.51.100.20:5060=Bob",
    ]);
    let mut headings = drawn.lines().skip(3).map(|line| line.split("  ").map(str::trim));
    let mut texts = || headings.next().unwrap().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    assert_eq!(texts(), ["Desk 12", "Bob"], "{drawn}");
    assert_eq!(texts(), ["192.0.2.10:5060", "198.51.100.20:5060"], "{drawn}");
}

#[test]
fn names_come_from_a_file_too_and_its_faults_are_told() {
    let folder = std::env::temp_dir().join(format!("siplens-names-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("hosts");
    let named = |text: &str| {
        std::fs::write(&file, text).unwrap();
        run(&["ladder", "samples/busy.pcap", "--names", file.to_str().unwrap()])
    };
    let drawn = named("192.0.2.10 desk # the phone\n\n198.51.100.20 bob\n");
    assert!(drawn.code == 0 && drawn.out.contains("  desk  "), "{drawn:?}");
    let refused = named("192.0.2.10 desk\nbob 198.51.100.20\n");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("line 2: expected ADDRESS[:PORT] NAME"), "{refused:?}");
    std::fs::remove_dir_all(&folder).unwrap();
    let missing = run(&["ladder", "samples/busy.pcap", "--names", file.to_str().unwrap()]);
    assert!(missing.code == 1 && missing.err.contains("hosts: "), "{missing:?}");
}
