using FeatureMap.Benchmarks.Networks;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>What every side does in a step: stochastic gradient descent with momentum.</summary>
public static class StepRule
{
    public const double LearningRate = 0.001, Momentum = 0.9;
}

/// <summary>
/// One network, made ready by one contender for one batch size and one number of threads. Inputs and labels are made beforehand and stay
/// the same; a call is the whole work that a user pays for.
/// </summary>
public interface ITrainingRunner : IDisposable
{
    string Name { get; }

    /// <summary>Called before each turn, outside of the timing: set the number of threads, wake the team.</summary>
    void BeginTurn();

    /// <summary>Zero gradients, forward, mean loss, backward, SGD with momentum. Returns the loss.</summary>
    double TrainingStep();

    /// <summary>Forward pass in evaluation mode without gradients. Returns one number read from the result.</summary>
    double Evaluate();
}

/// <summary>A library in the comparison.</summary>
public interface IContender
{
    string Name { get; }

    /// <summary>Version and build facts for the report; results of other versions are measured again.</summary>
    string Version { get; }

    /// <summary>The ways in which this library can run the network; the best one counts. Empty when it cannot.</summary>
    IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads);
}
