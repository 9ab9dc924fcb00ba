//! All integration tests, in one binary.

// clippy.toml allows these in tests, but sees only `#[test]` functions as such:
// the helpers of an integration test are not.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/capture_file.rs"]
mod capture_file;
#[path = "../support/check.rs"]
mod check;
#[path = "../support/compressed.rs"]
mod compressed;
#[cfg(feature = "serve")]
#[path = "../support/http.rs"]
mod http;
#[cfg(all(feature = "live", target_os = "linux"))]
#[path = "../support/lab.rs"]
mod lab;
#[path = "../support/preamble.rs"]
mod preamble;
#[path = "../support/program.rs"]
mod program;
#[cfg(feature = "serve")]
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/scenario.rs"]
mod scenario;
#[path = "../support/schema.rs"]
mod schema;
#[cfg(feature = "tui")]
#[path = "../support/screen.rs"]
mod screen;
#[cfg(feature = "serve")]
#[path = "../support/session.rs"]
mod session;
#[path = "../support/tables_folder.rs"]
mod tables_folder;
#[path = "../support/traffic/mod.rs"]
mod traffic;

mod audio;
mod browser;
mod call_authentication;
mod call_changes;
mod call_dialog;
mod call_dialogs;
mod call_forking;
mod call_hops;
mod call_legs;
mod call_mergers;
mod call_midway;
mod call_names;
mod call_outcomes;
mod call_precision;
mod call_proxies;
mod call_redirection;
mod call_release;
mod call_retransmission;
mod call_transactions;
mod cdr;
mod cli_inputs;
mod cli_text;
mod corpus;
mod corpus_timing;
mod dtmf;
mod encapsulations;
mod events;
mod evictions;
mod exchanges;
mod extract;
mod facts;
mod fuzz;
mod golden;
mod golden_commands;
#[cfg(feature = "tui")]
mod golden_screens;
mod hep_mirrored;
mod hep_senders;
mod html_page;
mod identity;
mod isup;
mod ladder_findings;
mod ladder_formats;
mod ladders;
mod lists;
#[cfg(all(feature = "live", target_os = "linux"))]
mod live;
#[cfg(feature = "serve")]
mod live_hep;
#[cfg(feature = "serve")]
mod live_packaging;
#[cfg(feature = "serve")]
mod live_server;
#[cfg(feature = "serve")]
mod live_servers;
#[cfg(feature = "serve")]
mod live_tables;
mod max_memory;
mod media_binding;
mod media_findings;
mod media_repair;
mod media_reports;
mod media_rtcp;
mod media_sending;
mod media_sharing;
mod media_streams;
mod other_media;
mod quality_options;
mod query;
mod readme;
mod redaction;
mod registrations;
mod retirement;
mod samples_calls;
mod samples_truth;
mod scenario_language;
mod service_figures;
mod sngrep;
mod source_compressed;
mod source_corpus;
mod source_errors;
mod source_filter;
mod source_follow;
mod source_hostile;
mod source_merge;
mod source_netmon;
mod source_pcap;
mod source_pcapng;
mod source_reading;
mod source_speed;
mod stats_trends;
mod tables_export;
#[cfg(feature = "tables")]
mod tables_python;
mod tables_schema;
#[cfg(feature = "tables")]
mod tables_sql;
mod threads;
mod topology;
mod torture;
#[cfg(all(feature = "tui", target_os = "linux"))]
mod tui_tmux;
#[cfg(feature = "tui")]
mod tui_update;
mod vantage_points;
mod vcon;
mod vectors;
mod vectors_calls;
mod vectors_emodel;
mod vectors_loss;
mod vectors_others;
mod vectors_quality;
mod vectors_reception;
mod vectors_rtcp;
mod vectors_rtt;
mod vectors_signalling;
mod vectors_vq_report;
