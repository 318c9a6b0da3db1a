//! The house rules that no lint can hold. Each test is one rule; when it fails it names every
//! file and line, and the way out.

use std::io;
use std::path::Path;

const LONGEST_FILE: usize = 800;
const MEDIAN_FILE: usize = 150;

/// A text file of the workspace.
struct Source {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn is(&self, extensions: &[&str]) -> bool {
        let extension = Path::new(&self.path).extension().and_then(|e| e.to_str());
        extension.is_some_and(|e| extensions.contains(&e))
    }

    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split('\n').enumerate().map(|(i, line)| (i + 1, line))
    }

    /// The text with comments left out and every line in its place. A `//` in a string ends the
    /// line too: good enough for rules about names.
    fn code(&self) -> String {
        let code_of = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        self.text.split('\n').map(code_of).collect::<Vec<_>>().join("\n")
    }

    /// `path:line: text` for every line of code for which `broken` holds.
    fn code_where(&self, broken: impl Fn(&str) -> bool) -> Vec<String> {
        let code = self.code();
        let lines = code.split('\n').enumerate().filter(|(_, line)| broken(line));
        lines.map(|(i, line)| format!("{}:{}: {}", self.path, i + 1, line.trim())).collect()
    }
}

/// Every text file that people of this project write, but for this one: it names what it forbids.
fn sources() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = relative(&root, &path);
            if path.is_dir() {
                if !skipped(&name) {
                    folders.push(path);
                }
            } else if is_text(&name) {
                found.push(Source { text: read(&path)?, path: name });
            }
        }
    }
    found.retain(|source| source.path != "tests/tests/tidy.rs");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        found.iter().any(|s| s.path == "engine/src/lib.rs"),
        "no workspace at {}",
        root.display()
    );
    Ok(found)
}

/// What git keeps for itself and what cargo builds.
fn skipped(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or_default();
    name == "target" || (name.starts_with('.') && name != ".ci")
}

fn is_text(path: &str) -> bool {
    let extensions = [".rs", ".toml", ".md", ".sh", ".mjs"];
    path == "Makefile" || path.starts_with(".ci/") || extensions.iter().any(|e| path.ends_with(e))
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> io::Result<String> {
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    std::fs::read_to_string(path).map_err(named)
}

fn rust_in(folders: &[&str]) -> io::Result<Vec<Source>> {
    let all = sources()?.into_iter();
    Ok(all.filter(|source| source.is(&["rs"]) && source.is_in(folders)).collect())
}

/// The words of a line: what an identifier can be made of.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether the line has `name` as a whole word that `after` follows at once.
fn names(line: &str, name: &str, after: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let rest = line.get(at + name.len()..).unwrap_or_default();
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        ends && rest.starts_with(after) && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

fn names_rocksdb(line: &str) -> bool {
    let imports = line.trim_start().trim_start_matches("pub ").starts_with("use ")
        || line.contains("extern crate");
    names(line, "rocksdb", "::") || (imports && names(line, "rocksdb", ""))
}

#[track_caller]
fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}\n\n  {}\n", found.join("\n  "));
}

#[test]
fn only_the_storage_module_names_rocksdb() -> io::Result<()> {
    let elsewhere = rust_in(&["engine/", "tools/", "tests/"])?
        .into_iter()
        .filter(|source| !source.is_in(&["engine/src/storage/", "tests/faultfs/"]));
    let found: Vec<_> = elsewhere.flat_map(|source| source.code_where(names_rocksdb)).collect();
    none(
        &found,
        "RocksDB is named outside engine/src/storage/. Speak of tables, batches and scans instead; \
         if storage cannot say what you need, give it a function that does.",
    );
    Ok(())
}

/// Those that RocksDB's threads take, or a thread that no test starts, or the same thread twice.
const OTHER_LOCKS: [&str; 3] = [
    "engine/src/retention/worker.rs",
    "engine/src/storage/expiry.rs",
    "engine/src/store/handle.rs",
];

#[test]
fn the_locks_of_the_engine_can_be_scheduled() -> io::Result<()> {
    let mut found = Vec::new();
    for source in rust_in(&["engine/src"])? {
        if source.path != "engine/src/lock.rs" && !OTHER_LOCKS.contains(&source.path.as_str()) {
            found.extend(source.code_where(|line| names(line, "parking_lot", "::")));
        }
    }
    none(
        &found,
        "take the lock from `crate::lock`, so that tests/tests/schedules.rs decides who has it",
    );
    Ok(())
}

#[test]
fn format_does_no_io_and_reads_no_clock() -> io::Result<()> {
    const FORBIDDEN: [&str; 8] =
        ["env", "fs", "io", "net", "os", "process", "thread", "SystemTime"];
    let mut found = Vec::new();
    for source in rust_in(&["format/src/"])? {
        let code = source.code();
        for (at, _) in code.match_indices("std::") {
            let rest = code.get(at + "std::".len()..).unwrap_or_default();
            // One path, or a whole `{...}` of them up to the end of the statement.
            let end = if rest.starts_with('{') {
                rest.find(';')
            } else {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
            };
            let path = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if let Some(word) = words(path).find(|word| FORBIDDEN.contains(word)) {
                let line = code.get(..at).unwrap_or_default().matches('\n').count() + 1;
                found.push(format!("{}:{line}: {word}", source.path));
            }
        }
        let clock = |line: &str| words(line).any(|w| w == "SystemTime" || w == "Instant");
        found.extend(source.code_where(clock));
    }
    none(
        &found,
        "format/ is pure functions over bytes. Take bytes, times and random numbers as arguments; \
         the engine reads files and clocks.",
    );
    Ok(())
}

#[test]
fn imports_run_one_way() -> io::Result<()> {
    let mut found = Vec::new();
    for source in rust_in(&["format/"])? {
        found.extend(
            source.code_where(|line| names(line, "highwater", "::") || names_rocksdb(line)),
        );
    }
    for source in rust_in(&["engine/"])? {
        // The crates on top: highwater_cli and whatever comes to stand beside it.
        let on_top = |word: &str| word.starts_with("highwater_") && word != "highwater_format";
        found
            .extend(source.code_where(|line| {
                words(line).any(|word| on_top(word) && names(line, word, "::"))
            }));
    }
    for manifest in sources()?.iter().filter(|s| s.path == "format/Cargo.toml") {
        let upward = |line: &str| line.starts_with("highwater.") || line.starts_with("rocksdb");
        let lines = manifest.lines().filter(|(_, line)| upward(line));
        found.extend(lines.map(|(n, line)| format!("{}:{n}: {line}", manifest.path)));
    }
    none(
        &found,
        "Imports run tools -> engine -> format. Move what both need down, or hand it in from above.",
    );
    Ok(())
}

#[test]
fn no_file_is_long_and_most_are_short() -> io::Result<()> {
    let all = sources()?;
    let rust = || all.iter().filter(|source| source.is(&["rs"]));
    let length = |source: &Source| source.text.lines().count();
    let long: Vec<_> = rust()
        .filter(|source| length(source) > LONGEST_FILE)
        .map(|source| format!("{}:1: {} lines", source.path, length(source)))
        .collect();
    none(&long, "Over 800 lines is more than one idea. Split the file, and name each part.");

    for folder in ["engine/src/", "format/src/", "tools/"] {
        let mut files: Vec<_> = rust()
            .filter(|source| source.is_in(&[folder]))
            .map(|source| (length(source), source.path.as_str()))
            .collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        let median = files.get(files.len() / 2).map_or(0, |(lines, _)| *lines);
        let list: Vec<_> = files
            .iter()
            .take_while(|_| median >= MEDIAN_FILE)
            .map(|(lines, path)| format!("{path}:1: {lines} lines"))
            .collect();
        none(
            &list,
            &format!(
                "The median file of {folder} has {median} lines; below {MEDIAN_FILE} a reader takes \
                 one in at a glance. Split the longest ones by idea."
            ),
        );
    }
    Ok(())
}

#[test]
fn every_module_says_what_it_is() -> io::Result<()> {
    let found: Vec<_> = rust_in(&["engine/src/", "format/src/"])?
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}:1", source.path))
        .collect();
    none(&found, "Begin the file with a `//!` line: the one idea that it holds.");
    Ok(())
}

/// The types that the two libraries show to their users: what these files pass on with `pub use`.
fn public_types(all: &[Source]) -> Vec<String> {
    const FRONTS: [&str; 4] = [
        "engine/src/lib.rs",
        "engine/src/testing/mod.rs",
        "format/src/lib.rs",
        "format/src/meta/mod.rs",
    ];
    let mut found = Vec::new();
    for source in all.iter().filter(|source| FRONTS.contains(&source.path.as_str())) {
        let code = source.code();
        for statement in code.split("pub use ").skip(1) {
            let passed_on = statement.split(';').next().unwrap_or_default();
            let is_type = |word: &&str| {
                word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase)
            };
            found.extend(words(passed_on).filter(is_type).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_public_type_is_shown_by_an_example() -> io::Result<()> {
    let all = rust_in(&["engine/src/", "format/src/"])?;
    let public = public_types(&all);
    assert!(public.len() > 100, "only {} public types found: {public:?}", public.len());
    let declares = |line: &str| {
        let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
        let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind));
        rest.and_then(|rest| words(rest).next())
            .is_some_and(|name| public.iter().any(|p| p == name))
    };
    let mut found = Vec::new();
    for source in &all {
        let mut shown = false;
        for (number, line) in source.lines() {
            if line.starts_with("///") {
                shown |= line.starts_with("/// ```");
            } else if declares(line) && !shown {
                found.push(format!("{}:{number}: {line}", source.path));
            } else if !line.starts_with("#[") && !line.starts_with(' ') && line != ")]" {
                shown = false;
            }
        }
    }
    none(
        &found,
        "A reader meets a type by its page. Show it in use there, in a doctest of a few lines.",
    );
    Ok(())
}

#[test]
fn no_tabs_and_no_trailing_space() -> io::Result<()> {
    let mut found = Vec::new();
    for source in sources()? {
        // make wants its tabs.
        let tabs = !source.path.ends_with("Makefile");
        for (number, line) in source.lines() {
            if line.ends_with(char::is_whitespace) || (tabs && line.contains('\t')) {
                found.push(format!("{}:{number}: {line:?}", source.path));
            }
        }
    }
    none(&found, "Use spaces, `\\t` in a string, and nothing at the end of a line.");
    Ok(())
}

#[test]
fn code_is_ascii() -> io::Result<()> {
    let mut found = Vec::new();
    for source in sources()? {
        let test = source.path.split('/').any(|folder| folder == "tests");
        if !source.is(&["rs", "toml"]) || test {
            continue;
        }
        let lines = source.lines().filter(|(_, line)| !line.is_ascii());
        found.extend(lines.map(|(n, line)| format!("{}:{n}: {}", source.path, line.trim())));
    }
    none(
        &found,
        "What looks alike must be alike. Write `\\u{...}` in a string and plain ASCII in a comment; \
         files under a tests/ folder may hold any text.",
    );
    Ok(())
}

/// Whether a variable is set for a command of which cargo's is not the first part.
fn loses_a_variable(recipe: &str) -> bool {
    let words: Vec<_> = recipe.split_whitespace().collect();
    let is_lost = |pair: &[&str]| {
        let [set, command] = pair else { return false };
        let is_several = ["$(LINK)", "$(CARGO)"].iter().any(|several| command.ends_with(several));
        is_several && set.contains('=') && !set.ends_with(';')
    };
    words.windows(2).any(is_lost)
}

#[test]
fn a_budget_reaches_what_it_is_for() -> io::Result<()> {
    for lost in ["@CASES=1 $(CARGO) test", "$(LINK) CASES=1 $(CARGO) test", "A=1 $(LINK) cargo"] {
        assert!(loses_a_variable(lost), "{lost}");
    }
    let all = sources()?;
    let Some(makefile) = all.iter().find(|source| source.path == "Makefile") else {
        panic!("Makefile is gone");
    };
    let commands = makefile.text.replace("\\\n", " ");
    let recipes = commands.lines().filter(|line| line.starts_with('\t'));
    let found: Vec<_> = recipes.filter(|line| loses_a_variable(line)).map(str::to_owned).collect();
    none(
        &found,
        "A variable before several commands is for none of them. Write `$(LINK) VARIABLE=value \
         cargo ...`.",
    );
    Ok(())
}

#[test]
fn nothing_is_left_for_later() -> io::Result<()> {
    let mut found = Vec::new();
    for source in sources()? {
        let later = |line: &str| words(line).any(|w| ["TODO", "FIXME", "XXX"].contains(&w));
        let lines = source.lines().filter(|(_, line)| later(line));
        found.extend(lines.map(|(n, line)| format!("{}:{n}: {}", source.path, line.trim())));
    }
    none(&found, "Do it now, or say in a comment how things are and why that is enough.");
    Ok(())
}

#[test]
fn libraries_print_nothing() -> io::Result<()> {
    const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    let prints = |line: &str| PRINTING.iter().any(|name| names(line, name, "!"));
    let found: Vec<_> = rust_in(&["engine/src/", "format/src/"])?
        .iter()
        .flat_map(|source| source.code_where(prints))
        .collect();
    none(
        &found,
        "Return it, or record it with `tracing`: the program that embeds us owns the screen.",
    );
    Ok(())
}

#[test]
fn every_page_has_one_title() -> io::Result<()> {
    let mut found = Vec::new();
    for page in sources()?.iter().filter(|source| source.is(&["md"])) {
        let mut fenced = false;
        let mut titles = Vec::new();
        for (number, line) in page.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced && line.starts_with("# ") {
                titles.push(number);
            }
        }
        if titles.len() != 1 {
            let line = titles.get(1).copied().unwrap_or(1);
            found.push(format!("{}:{line}: {} titles", page.path, titles.len()));
        }
    }
    none(&found, "A page has one `# ` title, its first; sections start at `## `.");
    Ok(())
}

#[test]
fn every_test_that_the_guarantees_name_is_there() -> io::Result<()> {
    let all = sources()?;
    let Some(page) = all.iter().find(|source| source.path == "docs/guarantees.md") else {
        panic!("docs/guarantees.md is gone");
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_file = |path: &str| root.join(path).is_file();
    let tests = |target: &str, name: &str| {
        if target == "fuzz" {
            return is_file(&format!("fuzz/fuzz_targets/{name}.rs"));
        }
        let (file, folder) = (format!("tests/tests/{target}.rs"), format!("tests/tests/{target}/"));
        let of_it = |path: &String| *path == file || path.starts_with(&folder);
        let mut of_it = all.iter().filter(|source| of_it(&source.path));
        // By itself, or made by a macro that says so.
        let (test, made) = (format!("fn {name}("), format!("{name},"));
        of_it.any(|source| {
            let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
            lines.windows(2).any(|two| match two {
                [before, line] if line.starts_with(&test) => *before == "#[test]",
                [before, line] => *before == "hazard!(" && line.starts_with(&made),
                _ => false,
            })
        })
    };
    let mut missing = Vec::new();
    for (number, line) in page.lines() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let is_there = match quoted.split_once("::") {
                Some((target, name)) => tests(target, name),
                None => is_file(quoted) || !quoted.ends_with(".rs"),
            };
            if !is_there {
                missing.push(format!("docs/guarantees.md:{number}: {quoted}"));
            }
        }
    }
    none(&missing, "a guarantee names a test: mend the name, or write the test");
    Ok(())
}
