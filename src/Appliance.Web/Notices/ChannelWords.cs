using Appliance.Data.Notices;
using Appliance.Web.Notices.Channels;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>Notices and channels as people read them.</summary>
internal static class ChannelWords
{
    /// <summary>The ways with what they are called, in the order of the list.</summary>
    public static IEnumerable<(string Value, string Text)> Kinds { get; } =
    [
        (nameof(ChannelKind.Webhook), "Webhook"),
        (nameof(ChannelKind.Slack), "Slack"),
        (nameof(ChannelKind.Discord), "Discord"),
        (nameof(ChannelKind.Ntfy), "ntfy"),
        (nameof(ChannelKind.Email), "E-mail"),
    ];

    /// <summary>The severities with what they are called, the mildest first.</summary>
    public static IEnumerable<(string Value, string Text)> Severities { get; } =
    [
        (nameof(NoticeSeverity.Info), "All"),
        (nameof(NoticeSeverity.Warning), "Warnings and critical ones"),
        (nameof(NoticeSeverity.Critical), "Critical ones"),
    ];

    /// <summary>The ways to protect a connection to a mail server.</summary>
    public static IEnumerable<(string Value, string Text)> Securities { get; } =
    [
        (nameof(MailSecurity.StartTls), "STARTTLS (port 587)"),
        (nameof(MailSecurity.Tls), "TLS from the first byte (port 465)"),
        (nameof(MailSecurity.None), "None"),
    ];

    /// <summary>What a way is called.</summary>
    public static string Of(ChannelKind kind) => Kinds.First(known => known.Value == kind.ToString()).Text;

    /// <summary>Where a channel leads, without secrets.</summary>
    public static string PlaceOf(ChannelSettings settings) =>
        settings.Kind switch
        {
            ChannelKind.Email => string.Join(", ", settings.To),
            ChannelKind.Slack or ChannelKind.Discord => "its secret address",
            _ => settings.Url ?? "",
        };

    /// <summary>What a channel gets.</summary>
    public static string WhatOf(ChannelSettings settings)
    {
        var kinds = settings.Kinds.IsEmpty ? "all kinds" : string.Join(", ", settings.Kinds.Select(TroubleKind.WordsOf));
        return settings.Least switch
        {
            NoticeSeverity.Critical => $"critical ones of {kinds}",
            NoticeSeverity.Warning => $"warnings and critical ones of {kinds}",
            _ => kinds,
        };
    }

    /// <summary>How a channel is doing, its colour and its icon.</summary>
    public static (string Word, string Tone, string Icon) StateOf(ChannelState state) =>
        !state.Settings.IsOn ? ("off", "off", "paused")
        : !state.HasSecrets ? ("its secrets cannot be opened", "bad", "bad")
        : state.Deliveries is not [var last, ..] ? ("nothing sent yet", "off", "untried")
        : last.Result.IsSent ? ("works", "good", "good")
        : last.NextAt is not null ? ("is tried again", "warn", "warning")
        : ("failed", "bad", "bad");

    /// <summary>What came of a try in words, its colour and its icon.</summary>
    public static (string Word, string Tone, string Icon) Of(Delivery delivery) =>
        delivery.Result.IsSent ? ("sent", "good", "good")
        : delivery.NextAt is not null ? ("is tried again", "warn", "warning")
        : ("given up", "bad", "bad");

    /// <summary>A severity in words, its colour and its icon, so that colour is not alone.</summary>
    public static (string Word, string Tone, string Icon) Of(NoticeSeverity severity) =>
        severity switch
        {
            NoticeSeverity.Critical => ("critical", "bad", "bad"),
            NoticeSeverity.Warning => ("warning", "warn", "warning"),
            _ => ("info", "good", "info"),
        };
}
