//! Every command explains itself; completions know them all.

use crate::support::run_plain;

const COMMANDS: [&[&str]; 42] = [
    &["init"],
    &["table"],
    &["table", "create"],
    &["table", "alter"],
    &["table", "list"],
    &["table", "rename"],
    &["table", "truncate"],
    &["table", "drop"],
    &["index"],
    &["index", "add"],
    &["index", "drop"],
    &["index", "project"],
    &["index", "list"],
    &["index", "build"],
    &["query"],
    &["import"],
    &["export"],
    &["get"],
    &["put"],
    &["update"],
    &["delete"],
    &["erase"],
    &["history"],
    &["sync"],
    &["watch"],
    &["request"],
    &["compact"],
    &["verify"],
    &["digest"],
    &["stats"],
    &["clock"],
    &["clock", "status"],
    &["clock", "confirm"],
    &["keys"],
    &["keys", "rotate"],
    &["recover"],
    &["backup"],
    &["backups"],
    &["restore"],
    &["checkpoint"],
    &["copy"],
    &["completions"],
];

#[test]
fn every_command_has_a_summary_and_an_example() {
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let help = run_plain(&[command, &[flag]].concat()).succeeded();
            let summary = help.lines().next().unwrap();
            assert!(!summary.is_empty() && !summary.starts_with("Usage"), "{command:?}: {summary}");
            assert!(help.contains("Usage: highwater"), "{command:?}: {help}");
            assert!(help.contains("Example:\n  "), "{command:?}: {help}");
            assert!(help.contains("--store"), "{command:?}: {help}");
        }
    }
    run_plain(&["demo", "--help"]).succeeded();
    let help = run_plain(&["help"]).succeeded();
    for command in COMMANDS {
        assert!(help.contains(command[0]), "{command:?}");
    }
    assert!(help.contains("Exit codes"));
    assert!(run_plain(&["--version"]).succeeded().starts_with("highwater 0."));
}

#[test]
fn every_option_is_explained() {
    for command in COMMANDS {
        let help = run_plain(&[command, &["-h"]].concat()).succeeded();
        let options = help.lines().filter(|line| line.trim_start().starts_with('-'));
        for option in options {
            // Either the explanation stands on the line, or on the next one under it.
            let alone = !option.trim_start().contains("  ");
            let next = help.lines().skip_while(|line| *line != option).nth(1).unwrap_or_default();
            let under = next.starts_with("          ");
            assert!(!alone || under, "{command:?}: {option}");
        }
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run_plain(&["completions", shell]).succeeded();
        for command in ["import", "request", "--durability"] {
            assert!(script.contains(command.trim_start_matches('-')), "{shell}: {command}");
        }
    }
}
