//! Use runs one way: a module uses only what stands before it, never its own group.

use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The modules, lowest first; those of one group do not use each other. ARCHITECTURE.md tells what each is.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["limits"],
    &["finding"],
    &["yaml", "provenance", "requirement"],
    &["tensor"],
    &["wasm"],
    &["ops"],
    &["graph"],
    &["forest"],
    &["encoding", "model"],
    &["abi"],
    &["framework"],
    &["scan"],
    &["compile"],
    &["data", "artifact", "sandbox", "environment"],
    &["snowflake", "origin"],
    &["generate"],
    &["target"],
    &["partition"],
    &["verify"],
    &["diff"],
    &["pipeline"],
    &["report", "settings"],
    &["cli"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|group| group.contains(&module))
}

/// Collects the first segment after `crate` of every path and of every grouped import.
#[derive(Default)]
struct Uses {
    found: Vec<String>,
}

impl Uses {
    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.found.push(path.ident.to_string()),
            syn::UseTree::Name(name) => self.found.push(name.ident.to_string()),
            syn::UseTree::Rename(rename) => self.found.push(rename.ident.to_string()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item)),
            syn::UseTree::Glob(_) => self.found.push("*".into()),
        }
    }
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(second) = segments.next()
        {
            self.found.push(second.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }

    /// Tests may look anywhere.
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            syn::visit::visit_item_mod(self, module);
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_stands_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" || inside.ends_with("tests.rs") || inside.ends_with("parity.rs") {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("`{module}` stands in no layer: name it in LAYERS"));
        let mut uses = Uses::default();
        uses.visit_file(&syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap());
        for used in uses.found {
            // Names that are no module are macros of the crate.
            let Some(other) = layer(&used) else { continue };
            checked += 1;
            if used != module && other >= own {
                wrong.push(format!("src/{} uses `{used}`", inside.display()));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} files, {checked} uses", files.len());
    assert!(checked > 100);
}
