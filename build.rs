//! Builds the archive that the `pcap` crate is linked with: see src/source/filter/libpcap.c.
//!
//! It is used even where libpcap's development files are installed. Linked
//! directly, the program would not start without libpcap, though reading
//! captures does not need it, and would ask for the version it was built with.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "live")]
    libpcap::build();
}

#[cfg(feature = "live")]
mod libpcap {
    use std::env;

    /// Compiles the C file to `libpcap.a`, and has the linker look there first.
    pub(super) fn build() {
        println!("cargo:rerun-if-changed=src/source/filter/libpcap.c");
        println!("cargo:rerun-if-env-changed=LIBPCAP_LIBDIR");
        // Other systems bring libpcap with them; and who names a folder of it
        // (for the `pcap` crate) wants that one.
        let linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
        if !linux || env::var_os("LIBPCAP_LIBDIR").is_some() {
            return;
        }
        cc::Build::new()
            .file("src/source/filter/libpcap.c")
            .std("gnu11")
            .warnings_into_errors(false)
            .cargo_metadata(false)
            .compile("pcap");
        if let Ok(folder) = env::var("OUT_DIR") {
            println!("cargo:rustc-link-search=native={folder}");
        }
    }
}
