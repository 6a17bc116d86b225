//! Changing one field of a recipe by its name.

use serde_json::{Map, Value, json};
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

use super::Recipe;

/// Fields with several forms, of which one is chosen: naming another form, or a part where there was nothing, replaces the old one.
const CHOICES: [&str; 4] = ["budget", "schedule", "warm_up", "adam"];

impl Recipe {
    /// This recipe with the field `key` (`batch`, `optimizer.weight_decay`, `budget.minutes`, `schedule.steps.at`) set to `value`,
    /// which is read as JSON, or as a word where it is none.
    ///
    /// ```
    /// use skiplayer_deep::recipe::{Budget, Recipe};
    ///
    /// let recipe = Recipe::named("he2015", 20)?.set("budget.minutes", "30")?.set("schedule.cosine.last", "0")?;
    /// assert_eq!(recipe.budget, Budget::Minutes(30.0));
    /// # Ok::<(), skiplayer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) that names the key and what is there, or why the value makes no sense.
    pub fn set(&self, key: &str, value: &str) -> Result<Self> {
        let place = || format!("recipe, {key}");
        let new = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let mut tree = serde_json::to_value(self).map_err(|error| Error::failure(place(), error.to_string()))?;
        let mut field = &mut tree;
        let (mut parent, mut is_new_form) = ("", false);
        for name in key.split('.') {
            if CHOICES.contains(&parent) && field.get(name).is_none() {
                *field = json!({ name: {} });
                is_new_form = true;
            }
            let Value::Object(fields) = field else {
                return Err(Error::input(place(), format!("`{name}` inside of `{parent}`"))
                    .expected(format!("`{parent}` to have no parts")));
            };
            if !is_new_form && !fields.contains_key(name) {
                return Err(unknown(place(), name, fields));
            }
            field = fields.entry(name).or_insert(Value::Null);
            parent = name;
        }
        *field = new;
        let recipe: Self = serde_json::from_value(tree)
            .map_err(|error| Error::input(place(), format!("`{value}`, which is no recipe ({error})")))?;
        recipe.check()?;
        Ok(recipe)
    }
}

fn unknown(place: String, name: &str, fields: &Map<String, Value>) -> Error {
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    let unknown = Error::input(place, format!("`{name}`")).expected(format!("one of {}", names.join(", ")));
    unknown.did_you_mean(nearest_name(name, names))
}

#[cfg(test)]
mod tests {
    use crate::recipe::{Adam, Budget, Decays, Recipe, Schedule, WarmUp};

    fn set(key: &str, value: &str) -> Recipe {
        Recipe::named("he2015", 110).unwrap().set(key, value).unwrap()
    }

    fn refused(key: &str, value: &str) -> String {
        Recipe::named("he2015", 110).unwrap().set(key, value).unwrap_err().to_string()
    }

    #[test]
    fn only_the_named_field_changes() {
        let before = Recipe::named("he2015", 110).unwrap();
        let after = before.set("optimizer.weight_decay", "5e-4").unwrap();
        assert_eq!(after.optimizer.weight_decay, 5e-4);
        assert_eq!(after.set("optimizer.weight_decay", "1e-4").unwrap(), before);
    }

    #[test]
    fn words_numbers_lists_and_nothing() {
        assert_eq!(set("optimizer.decays", "all").optimizer.decays, Decays::All);
        assert_eq!(set("stochastic_depth", "0.5").stochastic_depth, Some(0.5));
        assert_eq!(set("stochastic_depth", "null").stochastic_depth, None);
        assert_eq!(set("warm_up", "none").warm_up, WarmUp::None);
        assert!(!set("augment.flip", "false").augment.flip);
        let Schedule::Steps { at, factor } = set("schedule.steps.at", "[0.4, 0.6]").schedule else { panic!() };
        assert_eq!((at, factor), (vec![0.4, 0.6], 0.1));
    }

    #[test]
    fn another_form_replaces_the_old_one() {
        assert_eq!(set("budget.epochs", "10").budget, Budget::Epochs(10.0));
        assert_eq!(set("schedule.cosine.last", "0").schedule, Schedule::Cosine { last: 0.0 });
        assert_eq!(set("schedule", "constant").schedule, Schedule::Constant);
        let cycle = set("schedule", r#"{"one_cycle": {"first": 0.1, "peak_at": 0.25, "last": 0}}"#).schedule;
        assert_eq!(cycle, Schedule::OneCycle { first: 0.1, peak_at: 0.25, last: 0.0 });
        assert_eq!(set("optimizer.adam.beta1", "0.8").optimizer.adam, Some(Adam { beta1: 0.8, ..Adam::default() }));
        assert_eq!(set("optimizer.adam", "{}").optimizer.adam, Some(Adam::default()));
        assert_eq!(set("warm_up.linear.iterations", "500").warm_up, WarmUp::Linear { iterations: 500 });
    }

    #[test]
    fn errors_say_what_there_is() {
        assert!(refused("optimiser.momentum", "0").ends_with("did you mean `optimizer`?"));
        let message = refused("optimizer.decay", "0");
        assert!(
            message.contains("expected one of adam, decays, momentum, nesterov, velocity, weight_decay"),
            "{message}"
        );
        assert!(refused("batch", "many").contains("found `many`, which is no recipe (invalid type: string"));
        assert!(refused("batch", "0").contains("recipe, batch: found 0"));
        assert!(refused("batch.size", "9").contains("found `size` inside of `batch`"));
        assert!(refused("schedule.cosinus.last", "0").contains("unknown variant `cosinus`"));
        assert!(refused("schedule.one_cycle.first", "0").contains("missing field"));
    }
}
