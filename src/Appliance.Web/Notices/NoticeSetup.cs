using Appliance.Data;
using Appliance.Web.Notices.Channels;
using Appliance.Web.SignIn;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>Everything that finds troubles and tells people of them.</summary>
internal static class NoticeSetup
{
    /// <summary><paramref name="folder"/> is the data folder; the console listens on <paramref name="consolePort"/>.</summary>
    public static IServiceCollection AddNotices(this IServiceCollection services, string folder, int consolePort) =>
        services
            .AddSingleton<ITroubleSource, UpstreamTroubles>()
            .AddSingleton<ITroubleSource, ConfigTroubles>()
            .AddSingleton<ITroubleSource, StoreTroubles>()
            .AddSingleton<ITroubleSource, DrainTroubles>()
            .AddSingleton<ITroubleSource, SignInTroubles>()
            .AddSingleton<ITroubleSource>(new DiskTroubles(() => DiskRoom.Of(folder)))
            .AddSingleton<NoticeBook>()
            .AddSingleton<NoticeSender>()
            .AddSingleton<NoticePost>()
            .AddSingleton(provider => new NoticeLinks(provider.GetRequiredService<SignInSettings>(), consolePort))
            .AddHostedService(provider => provider.GetRequiredService<NoticePost>())
            .AddHostedService<NoticeWatch>()
            .AddScoped<NoticeDeeds>();
}
