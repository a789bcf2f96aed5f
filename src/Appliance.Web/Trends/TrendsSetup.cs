using Appliance.Data.Figures;
using Appliance.Proxy;

namespace Appliance.Web.Trends;

/// <summary>What keeps figures and reads them.</summary>
internal static class TrendsSetup
{
    /// <summary>Adds it. <paramref name="path"/> is where the file of figures lies.</summary>
    public static void AddTrends(this IServiceCollection services, ProxyHost proxy, string path)
    {
        services.AddSingleton(new FigureFile(path));
        services.AddSingleton(provider => new FigureMeter(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new FigureRecorder(
            provider.GetRequiredService<FigureFile>(),
            provider.GetRequiredService<FigureMeter>(),
            () => FigureRecorder.CountersOf(proxy),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FigureRecorder>>()
        ));
        services.AddHostedService(provider => provider.GetRequiredService<FigureRecorder>());
        services.AddSingleton<TrendReader>();
    }
}
