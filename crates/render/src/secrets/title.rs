//! A title is the start of a text on one line: the lines of a key are words, and a key may be cut.

use std::sync::OnceLock;

use regex::Regex;

use super::scan::{Layout, Scan, without};

/// How a text ends of which the rest was cut off.
const CUT_OFF: char = '…';

/// What begins a key, or a password in an address, and is cut.
const CUT: &str = r"(?x)(?-u:\b)(
    (?:sk-|[srp]k_(?:live|test)_|whsec_|gh[pousr]_|github_pat_|glpat-|npm_|pypi-|AKIA|ASIA|xox[abeoprs]-|xapp-|AIza|GOCSPX-|eyJ
      |sbp_|sb_secret_|hf_|gsk_|xai-|pplx-|r8_|SG\.|dp\.pt\.|hv[sbr]\.|do[opr]_v1_|lin_api_|ntn_|secret_|dapi|shp(?:at|ss|ca|pa)_
      |AGE-SECRET-KEY-1|glsa_|glc_|sntry[su]_|NRAK-|PMAK-|fo1_|fm2_|nfp_|tskey-|ops_ey)[A-Za-z0-9_.-]+
  | https://hooks\.slack\.com/services/([A-Za-z0-9_/-]+)
  | [a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/:@]+)
)$";

/// Masks what looks like a secret in `title`. Returns how many were masked.
pub(super) fn mask(title: &mut String) -> u64 {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let (Some(cut), Some(scan)) = (
        PATTERN.get_or_init(|| Regex::new(CUT).ok()).as_ref(),
        Scan::get(),
    ) else {
        return 0;
    };
    let mut count = 0;
    if let Some((masked, found)) = scan.masked(title, Layout::OneLine) {
        *title = masked;
        count = found;
    }
    if title.ends_with(CUT_OFF) {
        title.pop();
        let groups = cut.captures(title);
        if let Some(secret) = groups.and_then(|groups| groups.iter().flatten().last()) {
            *title = without(title, &[secret.range()]);
            count += 1;
        }
        title.push(CUT_OFF);
    }
    count
}
