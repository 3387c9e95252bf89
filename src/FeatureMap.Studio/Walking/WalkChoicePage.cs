using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Which network is walked: the models of the shelf.</summary>
internal static class WalkChoicePage
{
    public static string Html(IReadOnlyList<ShelfModel> models) => PageFrame.Of("Walk", "walk", html =>
    {
        html.Add($"""
            <main id="content" class="walk-choice"><header class="hero"><h1>Walk a network on one image</h1>
            <p class="lead">From the whole to a layer, to a channel, to the products of one cell, with every number that the engine
            computed. Choose a network.</p></header><h2 class="unseen">Networks</h2><ul class="cards">
            """);
        foreach (var model in models)
            html.Add($"""
                <li class="card"><h3><a href="{WalkLink.To(model.Id, new WalkState())}">{model.Name}</a></h3><p>{Words(model.Kind)}</p></li>
                """);
        html.Add($"</ul>");
        if (models.Count == 1)
            html.Add($"""
                <p class="note">Finished runs, model files and ONNX files of a project are listed here as well:
                <code>featuremap studio --project FOLDER --runs FOLDER</code></p>
                """);
        html.Add($"</main>");
    });

    private static string Words(ShelfKind kind) => kind switch
    {
        ShelfKind.Bundled => "Reads handwritten digits; it is inside the library.",
        ShelfKind.Run => "A finished run.",
        _ => "A model file.",
    };
}
