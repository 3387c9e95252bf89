using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>What can be asked of a network directly.</summary>
public static class NetworkExtensions
{
    /// <summary>
    /// The network layer by layer: shapes, parameters, multiply-adds, memory for a batch, receptive fields and kernel paths; prints as a
    /// table.
    /// </summary>
    /// <param name="network">Any network.</param>
    /// <param name="batch">Images that the activation bytes are for.</param>
    /// <exception cref="UsageException">The batch is below 1 or above 1,000,000.</exception>
    public static NetworkSummary Summary(this Network network, int batch = 128) => NetworkSummary.Of(network, batch);

    /// <summary>
    /// Looks for what usually is a mistake: dead weights, checkerboards, holes, layers that undo each other; prints with numbers, reasons,
    /// fixes and lessons.
    /// </summary>
    /// <param name="network">Any network.</param>
    /// <param name="options">What the network is for, and which rules to apply; everything may be left out.</param>
    /// <exception cref="UsageException">An option is out of range, or names a rule that there is not.</exception>
    public static LintReport Lint(this Network network, LintOptions? options = null) => Linter.Check(network, options);
}
