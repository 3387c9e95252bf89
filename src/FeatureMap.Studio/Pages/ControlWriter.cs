using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// The controls of a lesson as a plain form, which computes without a script too: what is sent is the address of the state.
/// </summary>
internal static class ControlWriter
{
    private const int MostRadios = 4;

    public static void Form(HtmlBuilder html, LessonPair pair)
    {
        var address = pair.Address;
        var (state, lesson) = (address.A, address.A.Lesson);
        html.Add($"""<form id="controls" class="controls" action="{LessonLink.To(lesson)}" method="get" aria-label="Numbers to change">""");
        Presets(html, address);
        if (address.B is not null) html.Add($"""<input type="hidden" name="{LessonAddress.Name}" value="{address.TextOfB}">""");
        html.Add($"""<div class="fields">""");
        foreach (var control in lesson.Controls.Where(control => control is not MatrixControl))
            if (control is PictureControl picture)
                PictureTools.Field(html, picture, pair, id => To(address, state.With(picture.Name, id).Query));
            else Field(html, control, state.Text(control));
        html.Add($"</div>");
        var matrices = lesson.Controls.OfType<MatrixControl>().ToList();
        if (matrices.Count > 0)
        {
            html.Join($"""<details class="matrix-texts">""");
            html.Add($"""<summary>{string.Join(", ", matrices.Select(matrix => matrix.Name))} <small>as text</small></summary>""");
            foreach (var matrix in matrices)
                Matrix(html, matrix, state.Of(matrix));
            html.Add($"</details>");
        }
        html.Add($"""
            <p class="actions"><button class="primary unscripted">Compute</button>
            <a class="button" data-state href="{To(address, "")}">Reset</a>
            <button type="button" class="scripted" id="copy-address">Copy the address</button>
            <a class="button" href="{LessonLink.To(lesson, state.Query, "/file")}" download>Save as one file</a></p></form>
            """);
    }

    /// <summary>For a file, in which nothing can be computed.</summary>
    public static void Values(HtmlBuilder html, LessonState state)
    {
        html.Add($"""<dl class="controls values">""");
        foreach (var control in state.Lesson.Controls)
            html.Add($"<div><dt>{control.Name}</dt><dd>{state.Text(control)} <small>{control.Meaning}</small></dd></div>");
        html.Add($"</dl>");
    }

    // Where a state is kept as B, it stays while A becomes another one.
    private static string To(LessonAddress address, string query) => address.B is null ? LessonLink.To(address.A.Lesson, query)
        : LessonLink.To(address.A.Lesson, new LessonAddress(LessonState.Parse(address.A.Lesson, query), address.B).Query);

    private static void Presets(HtmlBuilder html, LessonAddress address)
    {
        var lesson = address.A.Lesson;
        if (lesson.Experiments.Count == 0) return;
        html.Join($"""<div class="presets" role="group" aria-label="Presets"><span>Presets</span>""");
        html.Join($"""<a data-state href="{To(address, "")}">as at first</a>""");
        foreach (var experiment in lesson.Experiments)
            html.Join($"""<a data-state href="{To(address, experiment.Query)}" title="{experiment.Look}">{experiment.Title}</a>""");
        html.Add($"</div>");
        foreach (var values in lesson.ReadyValues.GroupBy(ready => ready.Control.Name))
        {
            html.Join($"""<div class="presets" role="group" aria-label="Ready values of {values.Key}"><span>{values.Key}</span>""");
            foreach (var ready in values)
            {
                html.Join($"""<a data-state href="{To(address, address.A.With(values.Key, ready.Text).Query)}" """);
                html.Join($"""title="{ready.Look}">{ready.Title}</a>""");
            }
            html.Add($"</div>");
        }
    }

    private static void Field(HtmlBuilder html, Control control, string value)
    {
        switch (control)
        {
            case WholeControl whole:
                Number(html, control, value, $"{whole.Least}", $"{whole.Most}", "1", "1");
                break;
            case RealControl real:
                Number(html, control, value, Text(real.Least), Text(real.Most), Text(real.Step), "any");
                break;
            case ChoiceControl choice when choice.Words.Count > MostRadios:
                Select(html, choice, value);
                break;
            case ChoiceControl choice:
                Radios(html, control, value, [.. choice.Words.Select(word => (word, word))]);
                break;
            case SwitchControl:
                Radios(html, control, value, [("true", "on"), ("false", "off")]);
                break;
            default:
                Line(html, control, value);
                break;
        }
    }

    // The slider has no name, so what is sent has the number once.
    private static void Number(HtmlBuilder html, Control control, string value, string least, string most, string step, string typed)
    {
        html.Join($"""<div class="field number"><label for="c-{control.Name}">{control.Name} <small>{control.Meaning}</small></label>""");
        html.Join($"""<input type="range" class="scripted" data-slides="c-{control.Name}" aria-label="{control.Name}" min="{least}" """);
        html.Join($"""max="{most}" step="{step}" value="{value}">""");
        html.Join($"""<input type="number" id="c-{control.Name}" name="{control.Name}" min="{least}" max="{most}" step="{typed}" """);
        html.Add($"""value="{value}" required></div>""");
    }

    private static void Select(HtmlBuilder html, ChoiceControl choice, string value)
    {
        html.Join($"""<div class="field"><label for="c-{choice.Name}">{choice.Name} <small>{choice.Meaning}</small></label><select """);
        html.Join($"""id="c-{choice.Name}" name="{choice.Name}">""");
        foreach (var word in choice.Words)
            html.Join($"""<option value="{word}"{(word == value ? " selected" : "")}>{word}</option>""");
        html.Add($"</select></div>");
    }

    private static void Radios(HtmlBuilder html, Control control, string value, IReadOnlyList<(string Value, string Text)> choices)
    {
        html.Join($"""<fieldset class="field radios"><legend>{control.Name} <small>{control.Meaning}</small></legend><div>""");
        foreach (var (own, text) in choices)
            html.Join($"""<label><input type="radio" id="c-{control.Name}-{own}" name="{control.Name}" value="{own}"{(own == value ? " checked" : "")}><span>{text}</span></label>""");
        html.Add($"</div></fieldset>");
    }

    // Numbers in a row have _ between them in an address; a text is written there as it is.
    private static void Line(HtmlBuilder html, Control control, string value)
    {
        html.Add($"""<div class="field"><label for="c-{control.Name}">{control.Name} <small>{control.Meaning}</small></label>""");
        var (mark, shown) = control is TextControl ? (" data-text", value) : ("", value.Replace('_', ' '));
        html.Join($"""<input type="text" id="c-{control.Name}" name="{control.Name}" value="{shown}" """);
        html.Add($"""title="{control.Range}" maxlength="200" autocomplete="off"{mark}></div>""");
    }

    // The numbers are edited in the grid of the page; here they stand as text, for those without a script and for pasting.
    private static void Matrix(HtmlBuilder html, MatrixControl control, Volume value)
    {
        var shape = value.Shape;
        var text = string.Join("\n\n", Enumerable.Range(0, shape.Channels).Select(channel => string.Join('\n', Enumerable.Range(0,
            shape.Height).Select(row =>
            string.Join(' ', Enumerable.Range(0, shape.Width).Select(column => value[channel, row,
                column].ToString(CultureInfo.InvariantCulture)))))));
        html.Join($"""<div class="field"><label """);
        html.Join($"""for="c-{control.Name}">{control.Name} <small>{control.Meaning}: {control.Range}</small></label>""");
        // A number alone would be read as a size.
        html.Join($"""<textarea id="c-{control.Name}" name="{control.Name}" rows="4" spellcheck="false" autocomplete="off" """);
        html.Add($"""maxlength="40000">{text}{(shape.Count == 1 ? "~" : "")}</textarea></div>""");
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
