//! The report as a page: what it may and may not hold. How it looks and works
//! in a browser is shown by `browser`.

use std::fs;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::program::{Run, output, run, run_with, siplens};
use crate::scenario::Scenario;

fn page(arguments: &[&str], scenario: &str) -> String {
    let arguments = [&["report", "-", "-o", "-"], arguments].concat();
    let run = run_with(siplens(&arguments), &Scenario::parse(scenario).pcap());
    assert_eq!((run.code, &*run.err), (0, ""), "{arguments:?}");
    run.out
}

/// The text between two marks, the first pair of them.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

#[test]
fn only_its_own_style_and_script_may_run_and_nothing_is_fetched() {
    let page = output(&["report", "samples/lossy-audio.pcap", "-o", "-"]);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let hash = |text: &str| Base64::encode_string(&Sha256::digest(text.as_bytes()));
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
             img-src data:; base-uri 'none'; form-action 'none'"
        )
    );
    assert_eq!(page.matches("<style").count() + page.matches("<script>").count(), 2);
    for absent in ["src=", " style=\"", "onclick", "url(", "@import", "https:"] {
        assert!(!page.contains(absent), "{absent}");
    }
    let names = page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(page.matches("http:").count(), names, "other addresses than the name of SVG");
}

#[test]
fn foreign_text_is_no_markup() {
    let hostile = r#"
        0   A>B INVITE call-id='x"><script>alert(1)</script>' from='"<img src=x onerror=alert(2)>" <sip:%3Cscript%3Ealert(3)@example.com>' sdp(A:4000 PCMU)
        0.1 B>A 486 '</script><script>alert(4)</script>\u{202e}' h('X-<b>: </pre><script>alert(5)</script>')
        0.2 A>B ACK
        1   A>P REGISTER call=2 contact='<sip:<i>@192.0.2.10>' from='<sip:<u>@example.com>'
        1.1 P>A 403 '<s>' call=2
        2   A>B OPTIONS call=3 to='"<em>" <sip:bob@example.com>'
        2.1 B>A 200 '<strong>OK' call=3"#;
    for many in [0, 60] {
        // Beyond fifty calls some wait as data.
        let more: Vec<_> = (10..10 + many)
            .map(|n| {
                format!(
                    "\n{n} A>B INVITE call={n} from='\"<img>\" <sip:x@example.com>'\n\
                     {n}.1 B>A 486 '</script><script>' call={n}"
                )
            })
            .collect();
        let page = page(&["--title", "<h1>&\"'"], &(hostile.to_owned() + &more.concat()));
        for tag in
            ["<img", "<b>:", "<i>@", "<u>@", "<s>", "<em>", "<strong>OK", "<h1><h1>", "<script>a"]
        {
            assert!(!page.contains(tag), "{tag}");
        }
        assert_eq!(page.matches("<script").count(), 2, "{many}");
        assert!(!page.contains(['\u{202e}', '\u{1b}']));
        assert!(page.contains("&lt;h1&gt;&amp;&quot;&#39;</title>"));
        assert!(page.contains("&lt;/pre&gt;&lt;script&gt;alert(5)"));
        let data = between(&page, "id=\"waiting\">", "</script>");
        let data: serde_json::Map<String, serde_json::Value> = serde_json::from_str(data).unwrap();
        assert_eq!(data.len(), usize::try_from(many + 1 - 50).unwrap_or(0), "{many}");
    }
}

#[test]
fn everything_is_readable_without_a_script() {
    let page = output(&["report", "samples/lossy-audio.pcap", "-o", "-"]);
    let (readable, _) = page.split_once("<script").unwrap();
    for told in [
        "4.6 % of the packets towards the callee were lost",
        ">INVITE</text>",
        "INVITE sip:bob@198.51.100.20 SIP/2.0\n",
        "m=audio 4018 RTP/AVP 0 101",
        "Loss over time: most 10.0 % at 5 s",
        "Everything was read.",
    ] {
        assert!(readable.contains(told), "no {told}");
    }
    assert!(!page.contains("SIP/2.0\r"), "line ends are those of the page");
}

#[test]
fn links_lead_somewhere() {
    for sample in
        ["lossy-audio", "registration", "message-subscribe", "rtpengine-relay", "lost-ack"]
    {
        let page = output(&["report", &format!("samples/{sample}.pcap"), "-o", "-"]);
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{target}\"")), "{sample}: #{target}");
        }
        let mut ids: Vec<_> = page.split(" id=\"").skip(1).map(|id| id.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{sample}: an id is there twice");
    }
}

#[test]
fn messages_are_shown_whole_wherever_they_came_from() {
    for (sample, told) in [
        ("tcp-call.pcap", "a=rtpmap:"),
        ("fragmented-invite.pcap", "a=rtpmap:"),
        ("ipv6-call.pcapng", "m=audio"),
    ] {
        let page = output(&["report", &format!("samples/{sample}"), "-o", "-"]);
        assert!(page.contains(told), "{sample}");
        assert!(!page.contains("The text of this message is not in this page"), "{sample}");
        assert!(!page.contains("were left out"), "{sample}");
    }
}

#[test]
fn texts_can_be_bounded_and_chosen() {
    let sample = "samples/two-calls-of-many.pcap";
    let shown = |arguments: &[&str]| {
        let page = output(&[&["report", sample, "-o", "-"], arguments].concat());
        let absent = page.matches("The text of this message is not in this page").count();
        (page.matches("<pre").count(), absent, page)
    };
    let (texts, absent, _) = shown(&[]);
    assert_eq!((texts, absent), (31, 0));
    let (texts, absent, page) = shown(&["--messages", "none"]);
    assert_eq!((texts, absent), (0, 31));
    assert!(page.contains("The texts of messages were left out, as asked."));
    let (texts, absent, page) = shown(&["--message-bytes", "3000"]);
    assert!(texts > 2 && absent > 10, "{texts} {absent}");
    assert!(page.contains(&format!("The texts of {absent} messages were left out")), "{absent}");
    // Too few bytes for all in one reading, but enough for the call: read again.
    let (texts, absent, page) = shown(&["--call", "5", "--message-bytes", "4500"]);
    assert_eq!((texts, absent), (7, 0));
    assert!(page.contains("Chosen: 1 call of 5 in the capture."));
    let (texts, ..) = shown(&["--messages", "failed"]);
    assert!((4..31).contains(&texts), "{texts}");
}

#[test]
fn the_file_is_whole_or_not_there_and_never_the_capture() {
    let folder = std::env::temp_dir().join(format!("siplens-page-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (capture, file) = (folder.join("busy.pcap"), folder.join("busy.html"));
    fs::copy("samples/busy.pcap", &capture).unwrap();
    let (capture, file) = (capture.to_str().unwrap(), file.to_str().unwrap());
    let Run { code, err, .. } = run(&["report", capture, "-o", capture]);
    assert!(code == 1 && err.contains("is a capture, and is not written over"), "{err}");
    assert_eq!(output(&["report", capture, "--output", file]), "");
    assert!(fs::read_to_string(file).unwrap().ends_with("</html>\n"));
    let missing = run(&["report", capture, "-o", "/nonexistent/busy.html"]);
    assert!(missing.code == 1 && missing.err.contains("/nonexistent/busy.html: "), "{missing:?}");
    let none = run(&["report", capture, "--call", "7", "-o", file]);
    assert!(none.code == 1 && none.err.contains("no call matches 7"), "{none:?}");
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["busy.html", "busy.pcap"]);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_same_input_gives_the_same_page() {
    let arguments = ["report", "samples/rtpengine-relay.pcap", "-o", "-"];
    assert_eq!(output(&arguments), output(&arguments));
}
