namespace Appliance.Web.Audit;

/// <summary>Everything that reads, exports and cuts the audit.</summary>
internal static class AuditSetup
{
    /// <summary>Entries are kept for <paramref name="kept"/>; null keeps all of them.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services, TimeSpan? kept) =>
        services
            .AddSingleton(new AuditKept(kept))
            .AddSingleton<AuditExport>()
            .AddScoped<AuditReader>()
            .AddHostedService<AuditRetention>()
            .AddHostedService<AuditCatchUp>();
}
