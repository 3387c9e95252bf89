using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The page Data: which sets there are; and of one its classes, its images page by page, what is wrong with its files, and what an
/// augmentation makes of it. Every step is a link or a form, so it works without a script.
/// </summary>
internal static class DataPage
{
    /// <summary>Where the list stands.</summary>
    public const string Path = "/data";

    private const int MostFiles = 20, Side = 56, ChartWidth = 160, BarHeight = 10;

    /// <summary>The address of a set.</summary>
    public static string To(string set, DataState? state = null) => state?.Query is { Length: > 0 } query
        ? $"{Path}/{Uri.EscapeDataString(set)}?{query}" : $"{Path}/{Uri.EscapeDataString(set)}";

    /// <summary>The list of sets.</summary>
    public static string List(IReadOnlyList<ShelfSet> sets) => PageFrame.Of("Data", "data", html =>
    {
        html.Join($"""<main id="content" class="data"><header class="head"><h1>Data</h1><p class="lead">What is on this machine: """);
        html.Join($"""classes, counts, """);
        html.Join($"""images, broken and doubled files, and what an augmentation makes of them. Nothing is """);
        html.Add($"""downloaded.</p></header><ul class="cards">""");
        foreach (var set in sets)
        {
            html.Join($"""<li class="card"><h2 class="card-title"><a href="{To(set.Id)}">{set.Name}</a></h2><p>{set.About}""");
            html.Add($"""{(set.Kind == SetKind.Place ? "A place that was named when the studio was started." : "")}</p></li>""");
        }
        html.Join($"""</ul><p class="note">Your own pictures: start with featuremap studio --data FOLDER, where FOLDER, or a zip or """);
        html.Join($"""tar of it, has """);
        html.Add($"""one folder of images for each class.</p></main>""");
    });

    /// <summary>The page of a set.</summary>
    public static string Page(DataView view) => PageFrame.Of($"Data {view.Opened.Set.Name}", "data", html =>
    {
        html.Join($"""<main id="content" class="data"><header class="head"><p class="crumbs"><a href="{Path}">Data</a> › """);
        html.Join($"""{view.Opened.Set.Name}</p>""");
        html.Join($"""<h1>{view.Opened.Set.Name}</h1><p class="lead">{view.Opened.Set.About}</p><p class="actions">""");
        html.Add($"""<a class="button" href="{TrainOn(view.Opened.Set)}">Train on these</a></p></header>""");
        html.AddStyle(Stage(view));
        html.Add($"</main>");
    });

    /// <summary>What depends on the state.</summary>
    public static string Stage(DataView view)
    {
        var html = new HtmlBuilder();
        html.Add($"""<div id="stage" data-page="{To(view.Opened.Set.Id)}" data-query="{view.State.Query}">""");
        foreach (var notice in view.Opened.Notices)
            html.Add($"""<p class="notice">{notice}</p>""");
        Classes(html, view);
        Images(html, view);
        NeighbourWriter.Write(html, view);
        Augmentation(html, view);
        Check(html, view);
        html.Add($"</div>");
        return html.ToString();
    }

    // By the recipe that was made for them, where there is one.
    private static string TrainOn(ShelfSet set) => RunLink.Train + (TrainDesk.Recipes.FirstOrDefault(one => one.Data == set.Id).Name
        is { } recipe ? $"?recipe={Uri.EscapeDataString(recipe)}" : $"?data={Uri.EscapeDataString(set.Id)}");

    private static void Classes(HtmlBuilder html, DataView view)
    {
        var data = view.Opened.Data;
        html.Join($"""<section class="part" aria-labelledby="classes-title"><h2 """);
        html.Join($"""id="classes-title">{ReportText.Count(data.ClassCount)} classes</h2>""");
        html.Join($"""<p>{ReportText.Count(data.Training.Count)} images to learn from, {ReportText.Count(data.Validation.Count)} to """);
        html.Join($"""judge by, of """);
        html.Add($"""{data.ImageShape.ToString()} (channels × height × width).</p>""");
        if (view.Training.Count > 0)
        {
            var most = Math.Max(1, view.Training.Concat(view.Validation).Max());
            html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="Images of each class"><table class="plain """);
            html.Join($"""bars"><thead><tr>""");
            html.Join($"""<th scope="col">class</th><th scope="col">to learn from</th><th scope="col">as a bar</th><th scope="col">to """);
            html.Join($"""judge by</th>""");
            html.Join($"""</tr></thead><tbody>""");
            for (var label = 0; label < data.ClassCount; label++)
            {
                var to = To(view.Opened.Set.Id, view.State with { Class = data.ClassNames[label], Page = 0 });
                html.Join($"""<tr{(data.ClassNames[label] == view.State.Class ? " class=best" : "")}><th scope="row"><a href="{to}">""");
                html.Join($"""{data.ClassNames[label]}</a></th><td class="number">{ReportText.Count(view.Training[label])}</td><td>""");
                html.Join($"""<svg width="{ChartWidth}" height="{BarHeight}" aria-hidden="true"><rect class="track" """);
                html.Join($"""width="{ChartWidth}" height="{BarHeight}"/>""");
                html.Join($"""<rect class="bar" width="{(double)ChartWidth * view.Training[label] / most}" """);
                html.Join($"""height="{BarHeight}"/></svg></td>""");
                html.Join($"""<td class="number">{ReportText.Count(view.Validation[label])}</td></tr>""");
            }
            html.Add($"""</tbody></table></div>""");
            var (least, largest) = (view.Training.Min(), view.Training.Max());
            var words = least == largest ? "All classes have as many images." : least == 0 ? "A class has nothing to learn from."
                : $"The largest class has {ReportText.Number((double)largest / least)} times as many images as the smallest.";
            html.Add($"""<p class="note">{words}</p>""");
        }
        html.Add($"</section>");
    }

    private static void Images(HtmlBuilder html, DataView view)
    {
        var (state, id, part) = (view.State, view.Opened.Set.Id, view.Part);
        html.Join($"""<section class="part" aria-labelledby="images-title"><h2 """);
        html.Join($"""id="images-title">Images{(state.Class.Length > 0 ? $" of {state.Class}" : "")}, """);
        html.Join($"""{(state.IsValidation ? "to judge by" : "to learn from")}</h2><form class="controls data-choice" method="get" """);
        html.Join($"""action="{To(id)}" """);
        html.Join($"""aria-label="Which images"><div class="fields two"><div class="field"><label for="c-class">class</label><select """);
        html.Join($"""id="c-class" name="class">""");
        html.Join($"""<option value="">all</option>""");
        foreach (var name in part.Targets is null ? view.Opened.Data.ClassNames : [])
            html.Join($"""<option value="{name}"{(name == state.Class ? " selected" : "")}>{name}</option>""");
        html.Join($"""</select></div><div class="field"><label for="c-part">part</label><select id="c-part" name="part">""");
        html.Join($"""<option value="training">to learn from</option><option """);
        html.Join($"""value="validation"{(state.IsValidation ? " selected" : "")}>to judge """);
        html.Join($"""by</option></select></div></div>""");
        if (state.Augmentation is not null) html.Join($"""<input type="hidden" name="augmentation" value="{state.Augmentation}">""");
        html.Add($"""<p class="actions"><button class="primary">Show them</button></p></form>""");
        if (part.ImageShape.Channels is not (1 or 3))
        {
            html.Join($"""<p class="empty">Images of {part.ImageShape.Channels} channels are no pictures: they are not """);
            html.Add($"""drawn.</p></section>""");
            return;
        }
        if (view.Chosen.Count == 0) html.Add($"""<p class="empty">There are none.</p>""");
        var (width, height) = Fitted(part.ImageShape);
        html.Join($"""<ul class="thumbs">""");
        foreach (var image in view.Chosen)
        {
            var own = SetImages.IdOf(id, state.IsValidation, image);
            var label = part.Targets is null ? part.ClassNames[part.Label(image)] : "";
            html.Join($"""<li><a href="{TryPage.Path}?image={Uri.EscapeDataString(own)}" """);
            html.Join($"""title="try {view.Shown(part.NameOf(image))}"><img """);
            html.Join($"""class="pixelated" """);
            html.Join($"""src="/images/{Uri.EscapeDataString(own)}" width="{width}" height="{height}" loading="lazy" alt="image """);
            html.Join($"""{image}{(label.Length > 0 ? $", {label}" : "")}">""");
            html.Join($"""<span>{label}</span></a>""");
            if (part.Targets is null)
            {
                html.Join($"""<a class="near" href="{To(id, state with { Near = image })}#near" """);
                html.Join($"""aria-label="near image {image}">near</a>""");
            }
            html.Join($"""</li>""");
        }
        html.Add($"</ul>");
        Pager(html, view);
        html.Add($"</section>");
    }

    internal static (int Width, int Height) Fitted(Shape shape)
    {
        var scale = (double)Side / Math.Max(shape.Height, shape.Width);
        return (Math.Max(1, (int)(shape.Width * scale)), Math.Max(1, (int)(shape.Height * scale)));
    }

    private static void Pager(HtmlBuilder html, DataView view)
    {
        if (view.Pages == 1) return;
        var (state, id) = (view.State, view.Opened.Set.Id);
        html.Join($"""<nav class="pager" aria-label="Pages of images">""");
        if (state.Page > 0) html.Join($"""<a rel="prev" href="{To(id, state with { Page = state.Page - 1 })}">← before</a>""");
        html.Join($"""<span>page {state.Page + 1} of {ReportText.Count(view.Pages)}</span>""");
        if (state.Page + 1 < view.Pages) html.Join($"""<a rel="next" href="{To(id, state with { Page = state.Page + 1 })}">next →</a>""");
        html.Add($"</nav>");
    }

    private static void Augmentation(HtmlBuilder html, DataView view)
    {
        var state = view.State;
        html.Join($"""<section class="part" aria-labelledby="augmentation-title"><h2 id="augmentation-title">Augmentation</h2><form """);
        html.Join($"""class="controls" """);
        html.Join($"""method="get" action="{To(view.Opened.Set.Id)}" aria-label="The augmentation">""");
        if (state.Class.Length > 0) html.Join($"""<input type="hidden" name="class" value="{state.Class}">""");
        if (state.IsValidation) html.Join($"""<input type="hidden" name="part" value="validation">""");
        html.Join($"""<div class="field"><label for="c-augmentation">the chain <small>steps with commas between them, such as crop """);
        html.Join($"""4, flip, """);
        html.Join($"""erase</small></label><input type="text" id="c-augmentation" name="augmentation" value="{view.Augmentation}" """);
        html.Join($"""list="augmentation-words" """);
        html.Join($"""maxlength="1000" autocomplete="off" spellcheck="false"><datalist id="augmentation-words">""");
        foreach (var word in FeatureMap.Data.Augmentation.Words)
            html.Join($"""<option value="{word.Name}">{word.Meaning}</option>""");
        html.Join($"""</datalist></div><div class="field"><label for="c-seed">seed of the training</label><input type="text" """);
        html.Join($"""inputmode="numeric" id="c-seed" """);
        html.Join($"""name="seed" value="{state.Seed}" maxlength="9"></div><p class="actions"><button class="primary">Show """);
        html.Add($"""it</button></p></form>""");
        if (view.Fault.Length > 0) html.Add($"""<p class="notice" role="alert">{view.Fault}</p>""");
        if (view.Sheet is { } sheet)
        {
            Sheet(html, sheet,
                $"The image at the left, and what a training with seed {state.Seed} sees of it in its first epochs: {sheet.Words}");
            if (view.Strips.Count > 0) html.Add($"""<h3 class="strips">Step by step, on the first image</h3>""");
            foreach (var (number, strip) in view.Strips.Index())
                Sheet(html, strip, $"{(number == 0 ? "first" : "then")} {strip.Words}");
        }
        html.Add($"</section>");
    }

    private static void Sheet(HtmlBuilder html, AugmentationStep sheet, string words)
    {
        html.Join($"""<figure class="variants"><figcaption>{words}</figcaption><div class="scroll" tabindex="0" role="region" """);
        html.Join($"""aria-label="{words}">""");
        if (sheet.Shape.Channels is 1 or 3)
            html.Join($"""<img class="pixelated" src="{PngWriter.DataUri(sheet.Pixels, sheet.Shape)}" width="{sheet.Shape.Width}" """)
                .Join($"""height="{sheet.Shape.Height}" alt="{words}">""");
        html.Add($"""</div></figure>""");
    }

    private static void Check(HtmlBuilder html, DataView view)
    {
        if (view.Opened.Set.Kind != SetKind.Place) return;
        html.Add($"""<section class="part" aria-labelledby="check-title"><h2 id="check-title">Is it sound?</h2>""");
        if (view.Check is not { } check)
        {
            html.Join($"""<p>Every file is read: damaged ones, the same picture twice or nearly, in two classes, or to learn from and """);
            html.Join($"""to judge by.</p>""");
            html.Join($"""<p class="actions"><a class="button" """);
            html.Add($"""href="{To(view.Opened.Set.Id, view.State with { IsChecked = true })}#check-title">Check it</a></p></section>""");
            return;
        }
        html.Join($"""<p>{ReportText.Count(check.Images)} pictures, {ReportText.Count(check.Readable)} can be read. """);
        html.Join($"""{(check.IsSound ? "Nothing is wrong." : "Something is wrong.")}</p>""");
        html.Add($"""<p class="note">As the files were when this studio read them first; begin it again to look anew.</p>""");
        if (check.Sizes.Count > 0)
        {
            var sizes = check.Sizes.Take(5).Select(size => $"{size.Size.Width} × {size.Size.Height} ({ReportText.Count(size.Images)})");
            html.Join($"""<p>Sizes: {string.Join(", ", sizes)}.</p>""");
        }
        html.Add($"""<ol class="findings">""");
        foreach (var finding in check.Findings)
        {
            html.Join($"""<li class="finding {(finding.IsWrong ? "warning" : "hint")}"><p><b """);
            html.Join($"""class="severity">{(finding.IsWrong ? "wrong" : "note")}</b> """);
            html.Join($"""{view.Shown(finding.Message)}</p><p class="note">{view.Shown(finding.Advice)}</p>""");
            if (finding.Files.Count > 0)
            {
                var sign = finding.Kind == DataFindingKind.NearDouble ? " ~ " : " = ";
                html.Join($"""<details><summary>{ReportText.Count(finding.Files.Count, "case")}</summary><ul>""");
                foreach (var files in finding.Files.Take(MostFiles))
                    html.Join($"""<li>{string.Join(sign, files.Take(MostFiles).Select(view.Shown))}</li>""");
                html.Join($"""</ul></details>""");
            }
            html.Add($"""</li>""");
        }
        html.Add($"</ol></section>");
    }
}
