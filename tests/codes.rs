//! Every code of a finding or an error is documented, and every documented code is used: the sources are read.
//!
//! A code is what stands where a parameter called `code` of type `&str` takes it, in a field `code`, in `let code`, or in
//! a constant `CODE`. An argument that is none of these fails the test, so that no code escapes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Where functions take a code: name to (type, position of the parameter without `self`).
type Takers = BTreeMap<String, BTreeSet<(Option<String>, usize)>>;

/// Collects the functions and closures that take a code.
#[derive(Default)]
struct Declarations {
    takers: Takers,
    owner: Option<String>,
}

impl Declarations {
    fn signature(&mut self, signature: &syn::Signature) {
        let parameters = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(typed),
            syn::FnArg::Receiver(_) => None,
        });
        for (position, parameter) in parameters.enumerate() {
            if is_code(&parameter.pat) && is_text(&parameter.ty) {
                let taker = (self.owner.clone(), position);
                self.takers.entry(signature.ident.to_string()).or_default().insert(taker);
            }
        }
    }
}

fn is_code(pattern: &syn::Pat) -> bool {
    match pattern {
        syn::Pat::Ident(ident) => ident.ident == "code",
        syn::Pat::Type(typed) => is_code(&typed.pat),
        _ => false,
    }
}

fn is_text(ty: &syn::Type) -> bool {
    let syn::Type::Reference(reference) = ty else { return false };
    matches!(&*reference.elem, syn::Type::Path(path) if path.path.is_ident("str"))
}

impl<'ast> Visit<'ast> for Declarations {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let before = self.owner.take();
        if let syn::Type::Path(path) = &*item.self_ty {
            self.owner = path.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.owner = before;
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.signature(signature);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
            && let syn::Expr::Closure(closure) = &*init.expr
            && let Some(position) = closure.inputs.iter().position(is_code)
        {
            self.takers.entry(name.ident.to_string()).or_default().insert((None, position));
        }
        visit::visit_local(self, local);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// Collects the codes that are given.
struct Uses<'t> {
    takers: &'t Takers,
    /// Free functions of this file: another file's function of the same name is not meant.
    own: BTreeSet<String>,
    owner: Option<String>,
    found: BTreeSet<String>,
    unclear: Vec<String>,
}

impl<'t> Uses<'t> {
    fn new(takers: &'t Takers, own: BTreeSet<String>) -> Self {
        Uses { takers, own, owner: None, found: BTreeSet::new(), unclear: Vec::new() }
    }

    /// The argument of a call that takes a code.
    fn argument(&mut self, function: &str, argument: &syn::Expr) {
        let mut literals = Literals::default();
        literals.visit_expr(argument);
        if literals.found.is_empty() && !is_passed_on(argument) {
            self.unclear.push(format!("the code given to `{function}` is neither a text nor called `code`"));
        }
        self.found.extend(literals.found);
    }

    fn call(&mut self, name: &str, owner: Option<&str>, arguments: &[&syn::Expr]) {
        let Some(takers) = self.takers.get(name) else { return };
        if owner.is_none() && self.own.contains(name) {
            return;
        }
        let owner = if owner == Some("Self") { self.owner.clone() } else { owner.map(str::to_owned) };
        let is_type = owner.as_deref().is_some_and(|owner| owner.starts_with(char::is_uppercase));
        let fits = |known: &Option<String>| if is_type { *known == owner } else { known.is_none() };
        let positions: BTreeSet<usize> = takers.iter().filter(|(known, _)| fits(known)).map(|(_, at)| *at).collect();
        for position in positions {
            if let Some(argument) = arguments.get(position) {
                self.argument(name, argument);
            }
        }
    }
}

/// Whether an argument is a code that this function was given itself: `code`, `rule.code`, `error.code()`.
fn is_passed_on(argument: &syn::Expr) -> bool {
    match argument {
        syn::Expr::Path(path) => path.path.is_ident("code") || path.path.is_ident("CODE"),
        syn::Expr::Field(field) => matches!(&field.member, syn::Member::Named(name) if name == "code"),
        syn::Expr::MethodCall(call) => call.method == "code",
        syn::Expr::Reference(reference) => is_passed_on(&reference.expr),
        _ => false,
    }
}

/// The texts in an expression.
#[derive(Default)]
struct Literals {
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.found.insert(literal.value());
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if item.ident == "CODE" {
            let mut literals = Literals::default();
            literals.visit_expr(&item.expr);
            self.found.extend(literals.found);
        }
        visit::visit_item_const(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let before = self.owner.take();
        if let syn::Type::Path(path) = &*item.self_ty {
            self.owner = path.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.owner = before;
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let arguments: Vec<&syn::Expr> = call.args.iter().collect();
            if names.iter().any(|name| name == "io") {
                // `std::io::Error::new` takes no code.
            } else if let [before @ .., name] = names.as_slice() {
                self.call(name, before.last().map(String::as_str), &arguments);
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let arguments: Vec<&syn::Expr> = call.args.iter().collect();
        let name = call.method.to_string();
        let owners: BTreeSet<Option<String>> =
            self.takers.get(&name).into_iter().flatten().map(|(owner, _)| owner.clone()).collect();
        // Methods of any type: which one it is cannot be told from the text; only texts count then.
        for owner in owners.into_iter().flatten() {
            for (known, position) in &self.takers[&name] {
                if *known == Some(owner.clone())
                    && let Some(argument) = arguments.get(*position)
                {
                    let mut literals = Literals::default();
                    literals.visit_expr(argument);
                    self.found.extend(literals.found.into_iter().filter(|text| is_kebab(text)));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == "code") {
            let mut literals = Literals::default();
            literals.visit_expr(&field.expr);
            self.found.extend(literals.found);
        }
        visit::visit_field_value(self, field);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (true, Some(init)) = (is_code(&local.pat), &local.init) {
            let mut literals = Literals::default();
            literals.visit_expr(&init.expr);
            self.found.extend(literals.found.into_iter().filter(|text| is_kebab(text)));
        }
        visit::visit_local(self, local);
    }

    /// Calls inside `vec!`, `format!` and the like.
    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        type Arguments = syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>;
        if let Ok(arguments) = invoked.parse_body_with(Arguments::parse_terminated) {
            let mut inner = Uses::new(self.takers, self.own.clone());
            inner.owner.clone_from(&self.owner);
            arguments.iter().for_each(|argument| inner.visit_expr(argument));
            self.found.extend(inner.found);
            self.unclear.extend(inner.unclear);
        }
    }
}

/// The free functions of a file that take no code.
fn without_code(file: &syn::File) -> BTreeSet<String> {
    let mut own = Declarations::default();
    own.visit_file(file);
    let functions = file.items.iter().filter_map(|item| match item {
        syn::Item::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    functions.filter(|name| !own.takers.contains_key(name)).collect()
}

fn is_kebab(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(is_word)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "codes" {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && name != "codes.rs" {
            found.push(path);
        }
    }
}

/// Every code that the sources use, and what could not be told.
fn used() -> (BTreeSet<String>, Vec<String>) {
    let mut paths = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut paths);
    let parse = |path: &PathBuf| (path.clone(), syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap());
    let files: Vec<(PathBuf, syn::File)> = paths.iter().map(parse).collect();
    let mut declarations = Declarations::default();
    files.iter().for_each(|(_, file)| declarations.visit_file(file));
    let (mut found, mut unclear) = (BTreeSet::new(), Vec::new());
    for (path, file) in &files {
        let mut uses = Uses::new(&declarations.takers, without_code(file));
        uses.visit_file(file);
        found.extend(uses.found);
        unclear.extend(uses.unclear.iter().map(|line| format!("{}: {line}", path.display())));
    }
    (found, unclear)
}

#[test]
fn every_code_is_documented_and_every_documented_code_is_used() {
    let (used, unclear) = used();
    assert!(unclear.is_empty(), "{}", unclear.join("\n"));
    let documented: BTreeSet<String> = scorepack::finding::CODES.iter().map(|known| known.code.to_owned()).collect();
    let missing: Vec<&String> = used.difference(&documented).collect();
    let unused: Vec<&String> = documented.difference(&used).collect();
    assert!(missing.is_empty(), "codes without a row in src/finding/codes: {missing:?}");
    assert!(unused.is_empty(), "rows of src/finding/codes that nothing uses: {unused:?}");
    println!("{} codes", used.len());
    assert!(used.len() > 100);
}

#[test]
fn codes_are_sorted_and_say_something() {
    let codes = &scorepack::finding::CODES;
    assert!(codes.windows(2).all(|pair| pair[0].code < pair[1].code), "sorted, each once");
    for known in codes.iter() {
        assert!(is_kebab(known.code), "{}", known.code);
        assert!(!known.title.is_empty() && known.title.len() <= 80 && !known.title.ends_with('.'), "{}", known.code);
        for text in [known.explanation, known.cure] {
            assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", known.code);
        }
    }
}
