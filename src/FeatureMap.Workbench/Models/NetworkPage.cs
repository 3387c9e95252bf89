using FeatureMap.Networks;
using FeatureMap.Reports;

namespace FeatureMap.Workbench;

/// <summary>A network as a page: what <c>summary</c> prints, with the layers and what they read as a picture.</summary>
public static class NetworkPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="file">The HTML file to write.</param>
    /// <param name="name">What the network is called.</param>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images that the memory is computed for.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static string Write(string file, string name, Network network, int batch = 128)
    {
        SummaryPage.Write(file, name, network, batch);
        return Path.GetFullPath(file);
    }
}
