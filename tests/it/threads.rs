//! The answer does not depend on the number of threads.

use serde_json::Value;

use crate::program::output;

/// The captures of the repository.
fn samples() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let captures = files.filter(|path| {
        path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng")
    });
    captures.map(|path| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn samples_have_one_report_with_any_number_of_threads() {
    for sample in samples() {
        for form in ["--json", "--json-lines"] {
            let report =
                |threads| output(&["analyze", form, "--threads", threads, sample.as_str()]);
            let alone = report("1");
            assert!(alone == report("2") && alone == report("7"), "{sample} {form}");
        }
        let indented = output(&["analyze", "--json", "--pretty", &sample]);
        let alone = output(&["analyze", "--json", "--threads", "1", &sample]);
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(value(&indented) == value(&alone), "{sample} --pretty");
    }
}
