using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FeatureMap.Extensions;

/// <summary>Registers models in a service.</summary>
public static class ImageClassifierExtensions
{
    /// <summary>
    /// Adds a classifier under a name: <c>[FromKeyedServices("photos")] IImageClassifier</c>. Its model is read and warmed up when the
    /// host starts, so that a missing file ends the start and not the first request.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name, of which there may be several.</param>
    /// <param name="configure">Sets the file and the limits.</param>
    /// <example><code>
    /// builder.Services.AddImageClassifier("photos", options => options.Path = "runs/photos");
    /// builder.Services.AddHealthChecks().AddImageClassifier("photos");
    /// </code></example>
    public static IServiceCollection AddImageClassifier(
        this IServiceCollection services, string name, Action<ImageClassifierOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddKeyedSingleton(name, (provider, _) =>
        {
            var options = new ImageClassifierOptions();
            configure(options);
            return new ImageClassifier(options, provider.GetRequiredService<ILogger<ImageClassifier>>(), name);
        });
        services.AddKeyedSingleton<IImageClassifier>(name, (provider, key) => provider.GetRequiredKeyedService<ImageClassifier>(key));
        return services.AddSingleton<IHostedService>(provider => new Start(provider, name));
    }

    /// <summary>
    /// Adds a check of a classifier: degraded where its changed file cannot be read or nine tenths of its queue are full, healthy else.
    /// </summary>
    /// <param name="builder">The health checks of the host.</param>
    /// <param name="name">The name under which the classifier was added.</param>
    public static IHealthChecksBuilder AddImageClassifier(this IHealthChecksBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return builder.Add(new HealthCheckRegistration(
            $"classifier {name}", provider => new Check(provider.GetRequiredKeyedService<ImageClassifier>(name)), null, null));
    }

    private sealed class Start(IServiceProvider provider, string name) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) =>
            Task.Run(() => provider.GetRequiredKeyedService<ImageClassifier>(name), cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Check(ImageClassifier classifier) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            classifier.ReloadProblem is { } problem
                ? HealthCheckResult.Degraded($"The changed file cannot be read, the model before answers: {problem}")
            : classifier.IsNearlyFull ? HealthCheckResult.Degraded($"{classifier.Waiting:N0} pictures wait.")
            : HealthCheckResult.Healthy());
    }
}
