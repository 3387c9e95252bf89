using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Fields of the forms that begin something, made of settings as they describe themselves.</summary>
internal static class FormWriter
{
    public static void Select(HtmlBuilder html, string name, string title, string meaning, string value, IReadOnlyList<(string Value,
        string Text)> choices)
    {
        html.Join($"""<div class="field"><label for="c-{name}">{title} <small>{meaning}</small></label><select id="c-{name}" """);
        html.Join($"""name="{name}">""");
        foreach (var (own, text) in choices) html.Join($"""<option value="{own}"{(own == value ? " selected" : "")}>{text}</option>""");
        html.Add($"</select></div>");
    }

    /// <param name="html">What is written to.</param>
    /// <param name="field">The setting.</param>
    /// <param name="where">Where its usual value stands, such as <c>In the recipe</c>.</param>
    /// <param name="lesson">The lesson that explains it; null for none.</param>
    public static void Field(HtmlBuilder html, TrainField field, string where, string? lesson = null)
    {
        html.Join($"""<div class="field"><label """);
        html.Join($"""for="c-{field.Name}">{field.Name}{(field.IsChanged ? " *" : "")} """);
        html.Join($"""<small>{field.Meaning}</small></label>""");
        var about = $"{field.Range}{(field.Needs.Length > 0 ? $". Needs {field.Needs}" : "")}{(field.IsChanged ? $". {where}: "
            + $"{(field.Usual.Length > 0 ? field.Usual : "nothing")}" : "")}";
        if (field.Words.Count > 0)
        {
            html.Join($"""<select id="c-{field.Name}" name="{field.Name}" aria-describedby="about-{field.Name}">""");
            foreach (var word in field.Words) html.Join($"""<option{(word == field.Value ? " selected" : "")}>{word}</option>""");
            html.Join($"</select>");
        }
        else
        {
            html.Join($"""<input type="text" data-text id="c-{field.Name}" name="{field.Name}" value="{field.Value}" """);
            html.Join($"""autocomplete="off" """);
            html.Join($"""aria-describedby="about-{field.Name}"{(field.Fault.Length > 0 ? " aria-invalid=true" : "")}>""");
        }
        html.Join($"""<small id="about-{field.Name}">{about}.""");
        if (lesson is not null) html.Join($""" <a href="/learn/{lesson}">Lesson</a>""");
        html.Join($"</small>");
        if (field.Fault.Length > 0) html.Join($"""<small class="notice">{field.Fault}</small>""");
        html.Add($"</div>");
    }
}
