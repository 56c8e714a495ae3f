//! Keys that the public set lacks, or takes too narrowly: a key that is cut, of an older or newer length, or without
//! the name it wants beside it, is in a conversation as likely as a whole one.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::rule::{Guard, Rule};

type Own = (&'static str, &'static [&'static str], &'static str, Guard);

const OWN: &[Own] = &[
    // Any length, any kind: OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse.
    ("sk", &["sk-"], r"sk-[A-Za-z0-9_-]{20,}", Guard::Mixed),
    // `pk_` is Clerk's and Stripe's public half; it was always masked here.
    (
        "stripe",
        &["k_live", "k_test"],
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
        Guard::None,
    ),
    (
        "stripe-webhook",
        &["whsec_"],
        r"whsec_[A-Za-z0-9+/=]{24,}",
        Guard::None,
    ),
    // Others of any length.
    (
        "github",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"gh[pousr]_[A-Za-z0-9_]{30,}",
        Guard::None,
    ),
    (
        "github-pat",
        &["github_pat_"],
        r"github_pat_[A-Za-z0-9_]{30,}",
        Guard::None,
    ),
    (
        "gitlab",
        &["glpat-"],
        r"glpat-[A-Za-z0-9_.-]{20,}",
        Guard::None,
    ),
    ("npm", &["npm_"], r"npm_[A-Za-z0-9]{36}", Guard::None),
    (
        "pypi",
        &["pypi-ag"],
        r"pypi-Ag[A-Za-z0-9_-]{30,}",
        Guard::None,
    ),
    (
        "slack",
        &["xox", "xapp-"],
        r"(?:xox[abeoprs]-|xapp-[0-9]-)[A-Za-z0-9-]{10,}",
        Guard::None,
    ),
    (
        "slack-webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9_+/-]{16,})",
        Guard::None,
    ),
    (
        "aws",
        &["akia", "asia"],
        r"((?:AKIA|ASIA)[0-9A-Z]{16})(?:[^0-9A-Za-z_]|$)",
        Guard::None,
    ),
    (
        "aws-session",
        &["iqojb3jpz2lu"],
        r"IQoJb3JpZ2lu[A-Za-z0-9+/=%]{60,}",
        Guard::None,
    ),
    // The public rule is its first half only.
    (
        "aws-bedrock",
        &["bedrock-api-key-"],
        r"bedrock-api-key-[A-Za-z0-9+/=_-]{20,}",
        Guard::None,
    ),
    ("google", &["aiza"], r"AIza[0-9A-Za-z_-]{35,}", Guard::None),
    (
        "google-oauth",
        &["gocspx-", "ya29."],
        r"(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{30,})",
        Guard::None,
    ),
    (
        "google-refresh",
        &["1//0"],
        r"1//0[A-Za-z0-9_-]{40,}",
        Guard::Mixed,
    ),
    (
        "jwt",
        &["eyj"],
        r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        Guard::None,
    ),
    (
        "azure-storage",
        &["accountkey", "sharedaccesskey"],
        r"(?i)(?:AccountKey|SharedAccessKey)\s*=\s*([A-Za-z0-9+/]{30,}={0,2})",
        Guard::None,
    ),
    (
        "azure-signature",
        &["sig="],
        r"sig=([A-Za-z0-9%+/]{40,}={0,2})",
        Guard::Random,
    ),
    (
        "supabase",
        &["sbp_", "sb_secret_"],
        r"(?:sbp_(?:v0_)?[a-f0-9]{30,}|sb_secret_[A-Za-z0-9_-]{20,})",
        Guard::None,
    ),
    // Without the name beside them.
    (
        "telegram",
        &[":aa"],
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}",
        Guard::None,
    ),
    (
        "discord-webhook",
        &["/webhooks/"],
        r"discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]+/([A-Za-z0-9_-]{40,})",
        Guard::None,
    ),
    // An id in Base64, which is of figures only, a time and a signature.
    (
        "discord-bot",
        &[],
        r"\b[MNO][DTjz][A-Za-z0-9]{20,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b",
        Guard::Mixed,
    ),
    (
        "twilio-account",
        &["ac"],
        r"(AC[0-9a-f]{32})(?:[^0-9A-Za-z_]|$)",
        Guard::None,
    ),
    (
        "mailgun",
        &["key-"],
        r"(key-[0-9a-f]{32})(?:[^0-9A-Za-z_-]|$)",
        Guard::None,
    ),
    (
        "mailchimp",
        &["-us"],
        r"([0-9a-f]{32}-us[0-9]{1,2})(?:[^0-9A-Za-z_]|$)",
        Guard::None,
    ),
    ("new-relic", &["nrak-"], r"NRAK-[A-Z0-9]{27}", Guard::None),
    (
        "sendgrid",
        &["sg."],
        r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}",
        Guard::Mixed,
    ),
    (
        "airtable",
        &["pat"],
        r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
        Guard::None,
    ),
    // Newer than the set, or not in it.
    (
        "hugging-face",
        &["hf_"],
        r"hf_[A-Za-z0-9]{30,}",
        Guard::Mixed,
    ),
    (
        "doppler",
        &["dp."],
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,44}",
        Guard::None,
    ),
    (
        "vault",
        &["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[A-Za-z0-9_-]{20,}",
        Guard::Mixed,
    ),
    (
        "linear",
        &["lin_"],
        r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{30,}",
        Guard::None,
    ),
    (
        "notion",
        &["ntn_", "secret_"],
        r"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})",
        Guard::Mixed,
    ),
    ("groq", &["gsk_"], r"gsk_[A-Za-z0-9]{40,}", Guard::Mixed),
    ("xai", &["xai-"], r"xai-[A-Za-z0-9_-]{60,}", Guard::Mixed),
    (
        "perplexity",
        &["pplx-"],
        r"pplx-[A-Za-z0-9]{40,}",
        Guard::Mixed,
    ),
    ("replicate", &["r8_"], r"r8_[A-Za-z0-9]{37}", Guard::Mixed),
    ("cerebras", &["csk-"], r"csk-[A-Za-z0-9]{40,}", Guard::Mixed),
    (
        "together",
        &["tgp_v1_"],
        r"tgp_v1_[A-Za-z0-9_-]{40,}",
        Guard::Mixed,
    ),
    (
        "langsmith",
        &["lsv2_"],
        r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{32,}",
        Guard::None,
    ),
    (
        "pinecone",
        &["pcsk_"],
        r"pcsk_[A-Za-z0-9_]{40,}",
        Guard::Mixed,
    ),
    (
        "tavily",
        &["tvly-"],
        r"tvly-[A-Za-z0-9-]{28,}",
        Guard::Mixed,
    ),
    ("elevenlabs", &["sk_"], r"sk_[a-f0-9]{48}", Guard::None),
    (
        "tailscale",
        &["tskey-"],
        r"tskey-[a-z]+-[A-Za-z0-9]+(?:-[A-Za-z0-9]{16,})?",
        Guard::Mixed,
    ),
    (
        "fly",
        &["fm1", "fm2_"],
        r"fm(?:1[ar]|2)_[A-Za-z0-9+/=,_-]{40,}",
        Guard::Mixed,
    ),
    (
        "vercel",
        &["vcp_", "vca_", "vci_", "vcr_", "vck_"],
        r"vc[pairk]_[A-Za-z0-9]{24,}",
        Guard::Mixed,
    ),
    (
        "netlify",
        &["nfp_", "nfc_", "nfo_", "nfu_"],
        r"nf[pcou]_[A-Za-z0-9_-]{30,}",
        Guard::Mixed,
    ),
    ("render", &["rnd_"], r"rnd_[A-Za-z0-9]{28,}", Guard::Mixed),
    ("neon", &["napi_"], r"napi_[A-Za-z0-9]{40,}", Guard::Mixed),
    (
        "sentry",
        &["sntrys_"],
        r"sntrys_[A-Za-z0-9+/=_-]{40,}",
        Guard::Mixed,
    ),
    (
        "grafana",
        &["glc_"],
        r"glc_[A-Za-z0-9+/=_-]{30,}",
        Guard::Mixed,
    ),
    ("posthog", &["phx_"], r"phx_[A-Za-z0-9]{40,}", Guard::Mixed),
    (
        "figma",
        &["figd_"],
        r"figd_[A-Za-z0-9_-]{35,}",
        Guard::Mixed,
    ),
    (
        "docker",
        &["dckr_"],
        r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
        Guard::Mixed,
    ),
    (
        "mapbox",
        &["sk.eyj"],
        r"sk\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
        Guard::None,
    ),
    (
        "atlassian",
        &["atatt3", "atctt3", "atbb"],
        r"(?:AT[AC]TT3[A-Za-z0-9_=-]{60,}|ATBB[A-Za-z0-9]{32})",
        Guard::Mixed,
    ),
    (
        "1password",
        &["ops_eyj"],
        r"ops_eyJ[A-Za-z0-9+/=_-]{40,}",
        Guard::None,
    ),
    (
        "bitwarden",
        &["0."],
        r"0\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[A-Za-z0-9]{20,}:[A-Za-z0-9+/]{20,}={0,2}",
        Guard::None,
    ),
    (
        "bitwarden-session",
        &["bw_session"],
        r#"BW_SESSION["' ]*[=:]["' ]*([A-Za-z0-9+/]{60,}={0,2})"#,
        Guard::None,
    ),
    // What is sent for one, wherever it is quoted, and an address with nothing but a key in front.
    (
        "bearer",
        &["bearer"],
        r"(?i)bearer[ \t]+([A-Za-z0-9._~+/-]{20,}=*)",
        Guard::Random,
    ),
    (
        "address",
        &["://"],
        r"://([A-Za-z0-9_-]{20,})@",
        Guard::Random,
    ),
];

pub(super) fn rules() -> Vec<Rule> {
    OWN.iter().map(rule).collect()
}

fn rule(&(name, words, pattern, guard): &Own) -> Rule {
    Rule {
        name: Cow::Borrowed(name),
        words: words.iter().map(|word| Cow::Borrowed(*word)).collect(),
        pattern: Cow::Borrowed(pattern),
        group: None,
        // All but the sign in an address.
        begins_a_word: !pattern.starts_with(':'),
        entropy: 0.0,
        allowed: Vec::new(),
        guard,
        compiled: OnceLock::new(),
    }
}
