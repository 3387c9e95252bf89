using System.Runtime.CompilerServices;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>A guard finds sentences that say what is wrong and what to do; it holds where there are none.</summary>
internal static class Guard
{
    /// <summary>Fails with every sentence in full, one a line: <c>Assert.Empty</c> would cut them where they begin to teach.</summary>
    public static void None(IEnumerable<string> sentences, [CallerMemberName] string guard = "")
    {
        var found = sentences.ToList();
        if (found.Count > 0) Assert.Fail($"{guard.Replace('_', ' ')}: not so in {found.Count} places.\n{string.Join('\n', found)}");
    }
}
