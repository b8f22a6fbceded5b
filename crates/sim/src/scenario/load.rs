//! Loading a scenario: files, overrides, agents by kind, and the whole checked at once.

use std::collections::BTreeMap;

use firesale_types::SimTime;
use schemars::Schema;
use serde_json::json;

use super::file::{AgentsTable, ScenarioFile};
use super::profiles::lay_profiles;
use super::resolve::{Findings, Rules, rules};
use super::tables::{FILES, read_tables};
use super::{Explicit, explicit};
use crate::SimApp;
use crate::app::KindConfig;
use crate::config::{
    Entry, Errors, Loader, Node, Problem, Sources, Spanned, from_node_all, load, set, to_toml,
};

/// A scenario that was read and checked, ready to run.
#[derive(Debug)]
pub struct Scenario {
    pub(crate) file: ScenarioFile,
    pub(crate) rules: Rules,
    pub(crate) agents: Vec<(Spanned<AgentsTable>, KindConfig)>,
    pub(crate) explicit: Explicit,
    toml: String,
}

/// A scenario that cannot run: every problem with its place.
#[derive(Debug)]
pub struct ScenarioError {
    /// What is wrong.
    pub errors: Errors,
    /// The texts that were read.
    pub sources: Sources,
}

impl std::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.errors.lines(&self.sources))
    }
}

impl std::error::Error for ScenarioError {}

impl ScenarioError {
    /// The problems with the lines they point into.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        self.errors.render(&self.sources, color)
    }
}

impl Scenario {
    /// Reads `entry` (a name, a directory or a file), applies overrides, and checks everything.
    ///
    /// # Errors
    /// Every problem that was found, with file, line and column.
    pub fn load(
        entry: &str,
        loader: &Loader<'_>,
        overrides: &[String],
        app: &SimApp,
    ) -> Result<Self, Box<ScenarioError>> {
        let mut sources = Sources::new();
        Self::read(entry, loader, overrides, app, &mut sources)
            .map_err(|errors| Box::new(ScenarioError { errors, sources }))
    }

    fn read(
        entry: &str,
        loader: &Loader<'_>,
        overrides: &[String],
        app: &SimApp,
        sources: &mut Sources,
    ) -> Result<Self, Errors> {
        let mut root = load(entry, loader, sources)?;
        for text in overrides {
            set(&mut root, sources, text)?;
        }
        read_tables(&mut root, loader, sources)?;
        lay_profiles(&mut root, sources)?;
        let toml = to_toml(&root);
        let whole = root.clone();
        let agents = take(&mut root, "agents");
        let (agents, mut problems) = read_agents(agents.as_ref(), app);
        let file = match from_node_all::<ScenarioFile>(&root) {
            Ok(file) => file,
            Err(errors) => {
                problems.extend(errors.0);
                return Err(Errors(problems).with_paths(&whole));
            }
        };
        let mut findings = Findings(problems);
        findings.unique(
            "population",
            agents.iter().map(|(a, _)| (a.span, a.value.name.as_str())),
        );
        let resolved = rules(&file, whole.span, &mut findings);
        let explicit = resolved
            .as_ref()
            .map(|rules| explicit(&file, rules, &mut findings));
        if let Some(rules) = &resolved {
            crate::build::check(&file, rules, &agents, &app.kinds, &mut findings);
        }
        match (resolved, explicit) {
            (Some(rules), Some(explicit)) if findings.0.is_empty() => Ok(Self {
                file,
                rules,
                agents,
                explicit,
                toml,
            }),
            _ => Err(Errors(findings.0).with_paths(&whole)),
        }
    }

    /// The scenario's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.scenario.name
    }

    /// The scenario's question.
    #[must_use]
    pub fn question(&self) -> &str {
        &self.file.scenario.question
    }

    /// The seed of a run.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.file.scenario.seed
    }

    /// The whole scenario as one file: running it again gives the same digest.
    #[must_use]
    pub fn resolved_toml(&self) -> &str {
        &self.toml
    }

    /// The hash of [`Self::resolved_toml`].
    #[must_use]
    pub fn digest(&self) -> String {
        firesale_record::content_hash(self.toml.as_bytes())
    }

    /// The moment of time zero.
    #[must_use]
    pub const fn start(&self) -> jiff::Timestamp {
        self.rules.start
    }

    /// The news, and what struck issuers: when, and what it says.
    pub fn news(&self) -> impl Iterator<Item = (SimTime, &str)> {
        let struck = self.rules.issuers.iter().flat_map(|issuer| &issuer.marks);
        let struck = struck.map(|(at, label)| (*at, label.as_str()));
        let news = self.rules.news.iter().map(|n| (n.at, n.label.as_str()));
        news.chain(struck)
    }

    /// The first coin of the scenario: the one that amplification refers to.
    #[must_use]
    pub fn first_coin(&self) -> Option<&str> {
        let coin =
            |a: &&Spanned<super::file::AssetTable>| a.value.kind == super::file::AssetKind::Crypto;
        self.file
            .assets
            .iter()
            .find(coin)
            .map(|a| a.value.symbol.as_str())
    }

    /// The real path to draw beside a run, if the scenario names one.
    #[must_use]
    pub const fn reference(&self) -> Option<&super::file::ReferenceTable> {
        self.file.charts.reference.as_ref()
    }
}

fn take(root: &mut Node, key: &str) -> Option<Entry> {
    root.as_table_mut()?.remove(key)
}

type ReadAgents = (Vec<(Spanned<AgentsTable>, KindConfig)>, Vec<Problem>);

/// Reads each population as its kind wants it; an unknown kind names the known ones.
fn read_agents(entry: Option<&Entry>, app: &SimApp) -> ReadAgents {
    let (mut agents, mut problems) = (Vec::new(), Vec::new());
    let Some(entry) = entry else {
        return (agents, problems);
    };
    let Some(list) = entry.node.as_array() else {
        problems.push(Problem::new(
            entry.node.span,
            "agents is a list of tables: [[agents]]",
        ));
        return (agents, problems);
    };
    for node in list {
        let Some(kind_node) = node.get("kind") else {
            let known = app.kinds().collect::<Vec<_>>().join(", ");
            let problem = Problem::new(node.span, "a population needs a `kind`");
            problems.push(problem.help(format!("registered kinds: {known}")));
            continue;
        };
        match kind_node.as_str().and_then(|name| app.kinds.get(name)) {
            Some(kind) => match (kind.read)(node) {
                Ok((table, config)) => agents.push((
                    Spanned {
                        span: node.span,
                        value: table,
                    },
                    config,
                )),
                Err(errors) => problems.extend(errors.0),
            },
            None => {
                let known = app.kinds().collect::<Vec<_>>().join(", ");
                let name = kind_node.as_str().unwrap_or("?");
                let problem =
                    Problem::new(kind_node.span, format!("there is no agent kind `{name}`"));
                problems.push(problem.help(format!("registered kinds: {known}")));
            }
        }
    }
    (agents, problems)
}

/// The JSON Schema of scenario files, with the keys of every registered kind.
#[must_use]
pub fn schema(app: &SimApp) -> Schema {
    let mut schema = schemars::schema_for!(ScenarioFile);
    let shared = schemars::schema_for!(AgentsTable);
    let mut definitions: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    let mut variants = Vec::new();
    for (name, kind) in &app.kinds {
        let own = (kind.schema)();
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        for part in [&shared, &own] {
            if let Some(map) = part.get("properties").and_then(|p| p.as_object()) {
                properties.extend(map.clone());
            }
            if let Some(list) = part.get("required").and_then(|r| r.as_array()) {
                required.extend(list.iter().cloned());
            }
            if let Some(defs) = part.get("$defs").and_then(|d| d.as_object()) {
                definitions.extend(defs.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
        }
        properties.insert("kind".into(), json!({ "const": name }));
        let variant = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        variants.push(variant);
    }
    let root = schema.ensure_object();
    let defs = root.entry("$defs").or_insert_with(|| json!({}));
    if let Some(defs) = defs.as_object_mut() {
        for (name, definition) in definitions {
            defs.entry(name).or_insert(definition);
        }
    }
    if let Some(properties) = root.get_mut("properties").and_then(|p| p.as_object_mut()) {
        for (key, what) in FILES {
            let file = json!({ "description": what, "type": "string" });
            properties.insert(key.into(), file);
        }
        properties.insert(
            "agents".into(),
            json!({ "description": "Populations of agents.", "type": "array", "items": { "anyOf": variants } }),
        );
    }
    schema
}
