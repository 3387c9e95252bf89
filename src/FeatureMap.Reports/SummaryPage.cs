using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// A network as one HTML file that needs nothing else: the layers and what they read as a picture, and layer by layer as a table with
/// shapes, parameters, multiply-adds and fields. No weights are needed.
/// </summary>
public static class SummaryPage
{
    /// <summary>Writes the page durably.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What the network is called.</param>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images that the memory is computed for.</param>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old page is intact.</exception>
    public static void Write(string path, string name, Network network, int batch = 128)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RunFolder.WriteText(path, ToHtml(name, network, batch));
    }

    /// <summary>The page as text.</summary>
    /// <param name="name">What the network is called.</param>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images that the memory is computed for.</param>
    public static string ToHtml(string name, Network network, int batch = 128)
    {
        ArgumentNullException.ThrowIfNull(network);
        var summary = network.Summary(batch);
        return new Page(name, "Network", $"{network.Input} in, {network.Output} out.")
        {
            Headline = (ReportText.Count(network.TrainableCount), "trainable parameters"),
        }
            .Section("In figures")
            .Facts(
                new ReportFact("Layers", ReportText.Count(network.Layers.Count - 1)),
                new ReportFact("Fixed parameters", ReportText.Count(network.FixedCount)),
                new ReportFact("Multiply-adds per image", ReportText.Count(network.MultiplyAdds)),
                new ReportFact($"Outputs of {ReportText.Count(batch, "image")}", $"{ReportText.Count(summary.ActivationBytes >> 20)} MiB"))
            .Section("The layers", "From the image at the top to the answer at the bottom.")
            .Add(NetworkDiagram.Of(network))
            .Section("Layer by layer")
            .Table(summary.ToReportTable(), "Layers of the network")
            .ToHtml();
    }
}
