//! The page of a live session and the documents of its API: calls now, ratings over
//! time, the worst calls, findings as they come, the ladder of a call.
//!
//! The page is the same for everybody and holds no data; its script asks for them. It
//! looks as the page of a report does, whose style it shares.

mod openapi;
mod rows;

pub use self::openapi::document as openapi;
pub use self::rows::{
    CallInBrief, Moment, Overview, SourceNow, beginning, call, finding_in_brief, part, problem,
    stream_in_brief,
};
use super::drawing::{ICON, LADDER_CSS, PAGE_CSS, policy};

const CSS: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const BODY: &str = include_str!("page.html");

/// The page, and its content security policy for the header.
pub fn page() -> (String, String) {
    let css = format!("{LADDER_CSS}{PAGE_CSS}{CSS}");
    let policy = policy(&css, SCRIPT);
    let policy = format!("{policy}; connect-src 'self'; frame-ancestors 'none'");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>siplens live</title>\n\
         <link rel=\"icon\" href=\"{ICON}\">\n<style>{css}</style>\n</head>\n<body>\n{BODY}<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    (page, policy)
}
