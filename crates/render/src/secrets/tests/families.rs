//! A key of each well-known family, made here from pieces so that nobody takes it for a real one, wherever it may stand.

use super::*;

const LETTERS: &[u8] = b"aK9xR2mQ7tLb4ZcW8nVfY1pJ6sHd3GeU5oTiBqXk0CyMrDvSzAhNlEwPjgIuF";

/// The same figures and letters each time, as many as are wanted.
fn mixed(count: usize) -> String {
    let letters = LETTERS.iter().cycle().step_by(7);
    letters.take(count).map(|byte| char::from(*byte)).collect()
}

fn upper(count: usize) -> String {
    let word = mixed(count * 3).to_ascii_uppercase();
    word[..count].to_owned()
}

fn lower(count: usize) -> String {
    mixed(count).to_ascii_lowercase()
}

fn hex(count: usize) -> String {
    let figures = b"3fa9c1e07b5d2846".iter().cycle().step_by(5);
    figures.take(count).map(|byte| char::from(*byte)).collect()
}

fn figures(count: usize) -> String {
    let figures = b"8306195274".iter().cycle().step_by(3);
    figures.take(count).map(|byte| char::from(*byte)).collect()
}

fn uuid() -> String {
    [8, 4, 4, 4, 12].map(hex).join("-")
}

/// Each with the part that has to go.
fn families() -> Vec<(&'static str, String)> {
    let join = |parts: &[&str]| parts.concat();
    vec![
        (
            "aws",
            join(&["AK", "IA", &upper(16).replace(['0', '1', '8', '9'], "K")]),
        ),
        (
            "aws temporary",
            join(&["AS", "IA", &upper(16).replace(['0', '1', '8', '9'], "K")]),
        ),
        ("aws session", join(&["IQoJb3Jp", "Z2lu", &mixed(120)])),
        ("github", join(&["gh", "p_", &mixed(36)])),
        ("github oauth", join(&["gh", "o_", &mixed(36)])),
        ("github user", join(&["gh", "u_", &mixed(36)])),
        ("github server", join(&["gh", "s_", &mixed(36)])),
        ("github refresh", join(&["gh", "r_", &mixed(36)])),
        (
            "github fine",
            join(&["github", "_pat_", &mixed(22), "_", &mixed(59)]),
        ),
        ("gitlab", join(&["gl", "pat-", &mixed(20)])),
        ("gitlab runner", join(&["gl", "rt-", &mixed(20)])),
        ("openai", join(&["s", "k-", &mixed(48)])),
        ("openai project", join(&["s", "k-proj-", &mixed(120)])),
        ("anthropic", join(&["s", "k-ant-api03-", &mixed(93), "AA"])),
        (
            "anthropic oauth",
            join(&["s", "k-ant-oat01-", &mixed(93), "AA"]),
        ),
        ("openrouter", join(&["s", "k-or-v1-", &hex(64)])),
        ("stripe", join(&["sk", "_live_", &mixed(24)])),
        ("stripe restricted", join(&["rk", "_live_", &mixed(24)])),
        ("stripe webhook", join(&["whs", "ec_", &mixed(32)])),
        ("supabase", join(&["sb", "p_", &hex(40)])),
        ("supabase secret", join(&["sb", "_secret_", &mixed(31)])),
        (
            "jwt",
            join(&[
                "ey",
                "J",
                &mixed(30),
                ".ey",
                "J",
                &mixed(60),
                ".",
                &mixed(43),
            ]),
        ),
        ("telegram", join(&[&figures(10), ":A", "A", &mixed(33)])),
        (
            "discord bot",
            join(&["MT", &mixed(24), ".", &mixed(6), ".", &mixed(38)]),
        ),
        (
            "slack bot",
            join(&[
                "xo",
                "xb-",
                &figures(12),
                "-",
                &figures(12),
                "-",
                &mixed(24),
            ]),
        ),
        (
            "slack app",
            join(&["xa", "pp-1-A", &upper(10), "-", &figures(13), "-", &hex(64)]),
        ),
        ("pypi", join(&["py", "pi-AgEIcHlwaS5vcmc", &mixed(120)])),
        ("npm", join(&["np", "m_", &mixed(36)])),
        ("hugging face", join(&["h", "f_", &mixed(34)])),
        ("sendgrid", join(&["S", "G.", &mixed(22), ".", &mixed(43)])),
        ("doppler", join(&["dp", ".pt.", &mixed(43)])),
        ("doppler service", join(&["dp", ".st.prd.", &mixed(43)])),
        ("vault", join(&["hv", "s.", &mixed(95)])),
        ("vault short", join(&["hv", "s.", &mixed(24)])),
        ("digitalocean", join(&["do", "p_v1_", &hex(64)])),
        ("linear", join(&["lin", "_api_", &mixed(40)])),
        ("notion", join(&["nt", "n_", &figures(11), &mixed(35)])),
        ("notion old", join(&["sec", "ret_", &mixed(43)])),
        ("groq", join(&["gs", "k_", &mixed(52)])),
        ("xai", join(&["xa", "i-", &mixed(80)])),
        ("databricks", join(&["da", "pi", &hex(32)])),
        ("shopify", join(&["shp", "at_", &hex(32)])),
        ("shopify shared", join(&["shp", "ss_", &hex(32)])),
        (
            "age",
            join(&[
                "AGE-SECRET",
                "-KEY-1",
                &"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(2)[..58],
            ]),
        ),
        ("google", join(&["AI", "za", &mixed(35)])),
        ("google oauth", join(&["GOC", "SPX-", &mixed(28)])),
        ("twilio", join(&["S", "K", &hex(32)])),
        ("twilio account", join(&["A", "C", &hex(32)])),
        ("mailgun", join(&["ke", "y-", &hex(32)])),
        ("mailchimp", join(&[&hex(32), "-u", "s14"])),
        (
            "terraform",
            join(&[&mixed(14), ".atlas", "v1.", &mixed(67)]),
        ),
        ("fly", join(&["fo", "1_", &mixed(43)])),
        ("fly macaroon", join(&["fm", "2_", &mixed(140)])),
        ("vercel", join(&["vc", "p_", &mixed(56)])),
        ("netlify", join(&["nf", "p_", &mixed(36)])),
        (
            "cloudflare origin",
            join(&["v1", ".0-", &hex(24), "-", &hex(146)]),
        ),
        ("grafana", join(&["gl", "sa_", &mixed(32), "_", &hex(8)])),
        ("grafana cloud", join(&["gl", "c_", &mixed(80)])),
        ("sentry", join(&["snt", "rys_", &mixed(100)])),
        ("sentry user", join(&["snt", "ryu_", &hex(64)])),
        ("new relic", join(&["NR", "AK-", &upper(27)])),
        ("postman", join(&["PM", "AK-", &hex(24), "-", &hex(34)])),
        ("replicate", join(&["r", "8_", &mixed(37)])),
        ("perplexity", join(&["pp", "lx-", &mixed(48)])),
        (
            "tailscale",
            join(&["ts", "key-auth-", &mixed(16), "-", &mixed(32)]),
        ),
        ("1password", join(&["op", "s_eyJ", &mixed(280)])),
        (
            "bitwarden",
            join(&["0", ".", &uuid(), ".", &mixed(30), ":", &mixed(22), "=="]),
        ),
        ("airtable", join(&["p", "at", &mixed(14), ".", &hex(64)])),
        ("docker", join(&["dck", "r_pat_", &mixed(27)])),
        ("figma", join(&["fi", "gd_", &mixed(40)])),
        ("planetscale", join(&["ps", "cale_tkn_", &mixed(43)])),
        ("pulumi", join(&["pu", "l-", &hex(40)])),
        ("rubygems", join(&["ruby", "gems_", &hex(48)])),
        ("square", join(&["sq0", "atp-", &mixed(22)])),
        (
            "langsmith",
            join(&["ls", "v2_pt_", &hex(32), "_", &hex(10)]),
        ),
    ]
}

#[test]
fn every_family_is_masked_alone_in_prose_in_a_shell_and_in_json() {
    let families = families();
    assert!(families.len() >= 45);
    let mut left = Vec::new();
    for (family, key) in &families {
        let json =
            |key: &str| serde_json::json!({"n": 1.5, "said": [format!("first\n{key}\nlast")]});
        for (setting, text, expected) in [
            ("alone", key.clone(), MASK.to_owned()),
            (
                "in prose",
                format!("I used {key}, and then (see `{key}`) it said <b>{key}</b>. It is {key}."),
                format!(
                    "I used {MASK}, and then (see `{MASK}`) it said <b>{MASK}</b>. It is {MASK}."
                ),
            ),
            (
                "in a shell",
                format!("$ export X={key}\n$ ./run --with={key} -v\n"),
                format!("$ export X={MASK}\n$ ./run --with={MASK} -v\n"),
            ),
            ("in JSON", json(key).to_string(), json(MASK).to_string()),
        ] {
            let found = masked(&[&text]).0;
            if found != expected {
                left.push(format!("{family}, {setting}: {found}"));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

#[test]
fn keys_without_a_form_are_known_by_the_name_beside_them() {
    for (name, key) in [
        (
            "AWS_SECRET_ACCESS_KEY",
            format!("{}/{}", mixed(20), mixed(19)),
        ),
        ("TWILIO_AUTH_TOKEN", hex(32)),
        ("CLOUDFLARE_API_TOKEN", mixed(40)),
        ("VERCEL_TOKEN", mixed(24)),
        ("DISCORD_CLIENT_SECRET", mixed(32)),
        ("NETLIFY_AUTH_TOKEN", mixed(43)),
        ("OKTA_API_TOKEN", format!("00{}", mixed(40))),
        ("DB_PASSWORD", "hunter2hunter".to_owned()),
        ("DATADOG", lower(40)),
        ("bitbucket_client_secret", lower(64)),
        ("HEROKU_KEY", uuid()),
    ] {
        for sign in ["=", ": ", "=\"", "\": \""] {
            let (text, count) = masked(&[name, sign, &key, "\""]);
            assert!(!text.contains(&key) && count == 1, "{name}{sign}: {text}");
        }
    }
    let key = format!("{}==", mixed(86));
    assert_masked(
        &format!(
            "DefaultEndpointsProtocol=https;AccountName=ada;{}{key};x",
            "AccountKey="
        ),
        &format!("DefaultEndpointsProtocol=https;AccountName=ada;AccountKey={MASK};x"),
    );
}

#[test]
fn an_address_and_a_header_keep_all_but_the_secret() {
    let key = mixed(68);
    for (text, expected) in [
        (
            format!(
                "https://discord{}/webhooks/{}/{key}",
                ".com/api",
                figures(18)
            ),
            format!("https://discord.com/api/webhooks/{}/{MASK}", figures(18)),
        ),
        (
            format!("https://hooks.slack{}/T0/B0/{}", ".com/services", mixed(24)),
            format!("https://hooks.slack.com/services/{MASK}"),
        ),
        (
            format!("git clone https://{key}@host/x"),
            format!("git clone https://{MASK}@host/x"),
        ),
        (
            format!("sent Bearer {key} to it"),
            format!("sent Bearer {MASK} to it"),
        ),
        (
            "Authorization: Basic YWRhOmxvdmVsYWNl".to_owned(),
            format!("Authorization: Basic {MASK}"),
        ),
        (
            format!("https://x.blob/y?se=2026&sig={}%3D", mixed(43)),
            format!("https://x.blob/y?se=2026&sig={MASK}%3D"),
        ),
    ] {
        let found = masked(&[&text]).0;
        assert_eq!(found.replace("%3D", ""), expected.replace("%3D", ""));
    }
}

#[test]
fn hashes_ids_and_versions_are_none() {
    for text in [
        format!("commit {} of sourcegraph", hex(40)),
        format!("sha256:{} linear, heroku and discord", hex(64)),
        format!("integrity sha512-{}{}==", mixed(62), mixed(24)),
        format!("{{\"id\":\"{}\",\"uuid\":\"{}\"}}", "toolu_01A7bQ9xKfR2mLtWcYpJ6sHd", uuid()),
        format!("msg_01{} req_011{}", mixed(22), mixed(20)),
        format!("data:image/png;base64,iVBORw0KGgo{}", mixed(400)),
        format!("checksum = \"{}\"", hex(64)),
        "resolved \"https://registry.example/@scope/x/-/x-1.2.3.tgz#0a1b2c3d4e5f60718293a4b5c6d7e8f901234567\"".to_owned(),
        "sk-learn-and-other-names-of-packages".to_owned(),
        "the looker, looker = some_function_name_here".to_owned(),
        "task-risk-disk-desk".to_owned(),
        "2026-01-02T03:04:05.678Z v1.0-beta s.someMemberOfSomething".to_owned(),
    ] {
        assert_left(&text);
    }
}

#[test]
fn a_key_is_found_wherever_it_stands_in_a_long_text() {
    let key = ["gh", "p_", &mixed(36)].concat();
    let filler = "All is well with the pump. ".repeat(2_000);
    for cut in [
        0,
        16_300,
        16_360,
        16_384,
        32_750,
        32_768,
        50_000,
        filler.len(),
    ] {
        let (before, after) = filler.split_at(cut);
        assert_masked(
            &format!("{before} {key} {after}"),
            &format!("{before} {MASK} {after}"),
        );
    }
}
